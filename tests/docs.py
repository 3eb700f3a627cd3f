"""Runs the calls that a page of the documentation shows, against a running demo: docs.py PAGE ADDRESS [--show].

The page's `sh` blocks are one shell script and its `python` blocks one Python program, in the order of the page, run
in the directory that holds the demo's `onrecord-data`. A block right behind a call (`json`, `csv`, `text`) is what it
answers: what stands between two `…` has to be in the output, in that order, white space aside. A call without a shown
answer must not answer with a problem.
"""

import re
import subprocess
import sys

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
ANSWERS = ("json", "csv", "text")
END = "<<< end of block >>>"


def calls(page, language):
    """The blocks in a language, each with the answer that is shown for it."""
    blocks = [(m.group(1), m.group(2)) for m in FENCE.finditer(page)]
    for n, (kind, text) in enumerate(blocks):
        if kind == language:
            behind = blocks[n + 1] if n + 1 < len(blocks) else ("", "")
            yield text, behind[1] if behind[0] in ANSWERS else None


def run(language, blocks):
    """What each block printed."""
    if language == "sh":
        program, command = "\n".join(f"{text}\nprintf '\\n%s\\n' '{END}'" for text in blocks), ["sh", "-eu"]
    else:
        program = "\n".join(f"{text}\nprint('\\n{END}', flush=True)" for text in blocks)
        command = [sys.executable, "-"]
    done = subprocess.run(command, input=program.encode(), capture_output=True, timeout=120)
    parts = done.stdout.decode().split(f"\n{END}\n")
    if done.returncode != 0:
        sys.exit(f"{language}, block {len(parts)}, ends with {done.returncode}:\n{parts[-1]}\n{done.stderr.decode()}")
    return parts


def wrong(output, shown):
    """What is shown and is not in the output."""
    bare = "".join(output.split())
    if shown is None:
        return "an answer that is no problem" if '"type":"/problems/' in bare else None
    at = 0
    for piece in shown.split("…"):
        piece = "".join(piece.split())
        found = bare.find(piece, at)
        if found < 0:
            return piece
        at = found + len(piece)
    return None


def main():
    path, address = sys.argv[1:3]
    with open(path, encoding="utf-8") as file:
        page = file.read().replace("http://127.0.0.1:8080", address)
    faults = 0
    for language in ("sh", "python"):
        blocks = list(calls(page, language))
        if language == "sh" and not blocks:
            sys.exit(f"{path} shows no call")
        for (text, shown), output in zip(blocks, run(language, [text for text, _ in blocks])):
            if "--show" in sys.argv:
                print(f"==== {language}\n{text}---- answers\n{output}")
            missing = wrong(output, shown)
            if missing:
                faults += 1
                print(f"==== {path}, {language}:\n{text}---- answers:\n{output}\n---- is to hold:\n{missing}\n")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
