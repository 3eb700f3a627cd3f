//! Postcodes of the United Kingdom, in any case and with any signs between the two halves.

use super::skeleton::Skeleton;

/// The letters with which a postcode begins.
const AREAS: &str = " ab al b ba bb bd bf bh bl bn br bs bt bx ca cb cf ch cm co cr ct cv cw da dd de dg dh dl dn dt dy e ec eh en ex fk fy g gl gu gy ha hd hg hp hr hs hu hx ig im ip iv je ka kt kw ky l la ld le ll ln ls lu m me mk ml n ne ng nn np nr nw ol ox pa pe ph pl po pr rg rh rm s sa se sg sk sl sm sn so sp sr ss st sw sy ta td tf tn tq tr ts tw ub w wa wc wd wf wn wr ws wv yo ze ";

/// The ranges of the postcodes in a text.
pub fn find(skeleton: &Skeleton) -> Vec<(usize, usize)> {
    let mut all = vec![];
    let mut n = 0;
    while n < skeleton.0.len() {
        let end = match n > 0 && skeleton.is_word(n - 1) {
            true => None,
            false => [2, 1].iter().find_map(|length| end_of(skeleton, n, *length)),
        };
        match end {
            Some(end) => {
                all.push((n, end));
                n = end;
            }
            None => n += 1,
        }
    }
    all
}

/// The end of a postcode that begins at a place with so many letters.
fn end_of(skeleton: &Skeleton, from: usize, letters: usize) -> Option<usize> {
    // Two letters with a sign between them are words of their own.
    let second = if letters == 2 { gap(skeleton, from + 1, 1) } else { from };
    let is_apart = letters == 2 && second > from + 1;
    let area: String = [from, second].iter().take(letters).filter_map(|n| skeleton.at(*n)).collect();
    let is_area = area.chars().count() == letters && area.chars().all(|c| c.is_ascii_lowercase());
    if !is_area || !AREAS.contains(&format!(" {area} ")) {
        return None;
    }
    let digit = gap(skeleton, second + 1, 1);
    // A letter in place of a digit, where the letters are next to it.
    let outward = is_digit(skeleton, digit, digit == second + 1 && !is_apart);
    if !outward {
        return None;
    }
    // The first half can have one more letter or digit, which stands apart where the others do.
    let third = if digit > second + 1 { gap(skeleton, digit + 1, 1) } else { digit + 1 };
    [Some(third), None].into_iter().find_map(|more| {
        let end = more.map_or(digit + 1, |more| more + 1);
        if !more.iter().all(|n| skeleton.at(*n).is_some_and(|c| c.is_ascii_alphanumeric())) {
            return None;
        }
        let inward = gap(skeleton, end, 4);
        if !is_digit(skeleton, inward, true) {
            return None;
        }
        let last = gap(skeleton, inward + 1, 1);
        let is_letter =
            |n: usize| skeleton.at(n).is_some_and(|c| c.is_ascii_lowercase() && !"cikmov".contains(c));
        let real = [digit, inward].iter().any(|n| skeleton.at(*n).is_some_and(|c| c.is_ascii_digit()));
        // The last two letters stand apart only where the digit before them does.
        let end = if last > inward + 1 { gap(skeleton, last + 1, 1) } else { last + 1 };
        let ends = is_letter(last) && is_letter(end) && !skeleton.is_word(end + 1);
        (real && ends).then_some(end + 1)
    })
}

/// Whether a digit is at a place, or a capital letter that looks like one.
fn is_digit(skeleton: &Skeleton, n: usize, look_alike: bool) -> bool {
    skeleton.0.get(n).is_some_and(|glyph| {
        glyph.c.is_ascii_digit() || (look_alike && glyph.upper && matches!(glyph.c, 'o' | 'i'))
    })
}

/// The place after at most so many signs that can stand between the parts of a postcode.
fn gap(skeleton: &Skeleton, from: usize, most: usize) -> usize {
    let end = from + most;
    (from..end).find(|n| !skeleton.at(*n).is_some_and(|c| " -._,/:*()=&>|+".contains(c))).unwrap_or(end)
}
