# benches/figures.sh: the bundle with a million figures that benches/import and benches/work import. Both source it, and set
# `place`, the folder of the run, and `indicators`, how many.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables that the scripts which source it set

# Each indicator has 300 series of 180 months in 282 releases, as a force publishes them month by month: the first has 20
# months, 160 have one month each, and between these 121 revise 70 figures of the last three years (one of them 100). Its
# first release is from 2012, so that all of it is public.
figures() {
    mkdir "$place/bundle/observations"
    awk -v all="$indicators" -v place="$place/bundle" '
function put(path, line) { print "{" line "}" > (place "/" path ".jsonl") }
function codes(prefix, width, n,   text, i) {
    for (i = 1; i <= n; i++) text = text (i > 1 ? "," : "") sprintf("{\"code\":\"%s%0*d\",\"name\":\"Name %d\"}", prefix, width, i, i)
    return text
}
function day(n) { return sprintf("%04d-%02d-%02d", 2012 + int(n / 336), 1 + int(n / 28) % 12, 1 + n % 28) }
function figure(indicator, release, cell, month) {
    printf "E230%05d,G%02d,%04d-%02d,%d,%s\n", 1 + int(cell / 10), 1 + cell % 10, 2010 + int(month / 12), 1 + month % 12, \
        (cell * 7919 + month * 104729 + indicator * 31 + release * 17) % 9973, month == release_month - 1 ? "P" : "A" > file
}
# begin INDICATOR: the next release.
function begin(indicator,   name) {
    release++
    name = sprintf("REL-%03d-%03d", indicator, release)
    put("releases", office(name, day(release * 14 + indicator % 14)) ",\"title\":\"Figures " release "\",\"indicator\":\"pcc-0:IND-" indicator "\",\"organisation\":\"org-0\"")
    file = place "/observations/" name ".csv"
    print "AREA,GROUP,TIME_PERIOD,value,OBS_STATUS" > file
}
function office(reference, published) {
    return "\"reference\":\"" reference "\",\"body\":\"pcc-0\",\"owner\":\"org-0\",\"published_at\":\"" published "T00:00:00Z\",\"sources\":[{\"source\":\"source-0\",\"locator\":\"p. 1\"}]"
}
function revise(indicator, many,   n) {
    begin(indicator)
    for (n = 0; n < many; n++) figure(indicator, release, (n * 3 + release) % 300, release_month - 2 - n % 18)
    close(file)
}
BEGIN {
    put("sources", "\"reference\":\"source-0\",\"title\":\"Figures\",\"publisher\":\"Nowhere\",\"licence\":\"OGL-UK-3.0\",\"url\":\"https://example.org/\"")
    put("areas", "\"reference\":\"area-0\",\"name\":\"Area\",\"area_kind\":\"police_force_area\"")
    put("organisations", "\"reference\":\"org-0\",\"name\":\"Organisation\",\"organisation_kind\":\"charity\",\"area\":\"area-0\",\"sources\":[{\"source\":\"source-0\"}]")
    put("bodies", "\"reference\":\"pcc-0\",\"name\":\"Commissioner\",\"body_kind\":\"commissioner\",\"area\":\"area-0\"")
    for (i = 1; i <= all; i++) {
        put("indicators", office("IND-" i, "2012-01-01") ",\"slug\":\"bench-" i "\",\"title\":\"Indicator " i "\",\"definition\":\"Made up for the bench.\",\"unit\":\"COUNT\",\"decimals\":0,\"measure_type\":\"count\",\"polarity\":\"contextual\",\"frequency\":\"P1M\",\"disclosure_profile\":\"none\",\"definition_version\":1,\"licence\":\"OGL-UK-3.0\",\"dimensions\":[{\"code\":\"AREA\",\"name\":\"Area\",\"codes\":[" codes("E230", 5, 30) "]},{\"code\":\"GROUP\",\"name\":\"Group\",\"codes\":[" codes("G", 2, 10) "]}]")
        release = 0
        release_month = 20
        begin(i)
        for (cell = 0; cell < 300; cell++) for (month = 0; month < 20; month++) figure(i, release, cell, month)
        close(file)
        revisions = 0
        for (month = 20; month < 180; month++) {
            release_month = month + 1
            begin(i)
            for (cell = 0; cell < 300; cell++) figure(i, release, cell, month)
            close(file)
            while (revisions * 160 < 121 * (month - 19)) { revise(i, revisions == 120 ? 100 : 70); revisions++ }
        }
    }
}'
}
