#!/usr/bin/env python3
"""tools/compare-openapi.py OLD NEW

Says whether two OpenAPI documents mean the same, apart from texts: every operation has the same parameters, request
bodies, statuses, headers, media types, schemas, examples and rules of access. References are followed, `allOf` is
merged, and "this type or null" is compared in one form, so that it does not matter how a document shares its parts.
Texts (`description`, `summary`) that differ are counted. Exits with 1 where anything else differs.
"""
import json
import sys

TEXTS = {"description", "summary"}


class Document:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.json = json.load(file)

    def follow(self, reference):
        part = self.json
        for step in reference.removeprefix("#/").split("/"):
            part = part[step.replace("~1", "/").replace("~0", "~")]
        return part

    def resolved(self, part, seen=()):
        """The part with references followed, without texts, in one form."""
        if isinstance(part, list):
            return [self.resolved(item, seen) for item in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            reference = part["$ref"]
            if reference in seen:
                return {"recursion": reference}
            rest = {key: value for key, value in part.items() if key != "$ref"}
            target = self.resolved(self.follow(reference), (*seen, reference))
            return {**target, **self.resolved(rest, seen)} if isinstance(target, dict) else target
        is_names = "type" not in part or isinstance(part["type"], dict)
        if isinstance(part.get("examples"), dict) and "schema" in part:
            # One example of several names is the example.
            shared = [self.follow(each["$ref"])["value"] if "$ref" in each else each["value"] for each in part["examples"].values()]
            part = {**{key: value for key, value in part.items() if key != "examples"}, "example": shared[0]}
        result = {
            key: value if key in ("example", "examples", "enum", "const", "required") else self.resolved(value, seen)
            for key, value in part.items()
            # In a map of properties, "description" is a property.
            if key not in TEXTS or (isinstance(value, dict) and is_names)
        }
        return one_form(result)


def one_form(schema):
    if "allOf" in schema:
        parts = [*schema.pop("allOf"), schema]
        merged = {"properties": {}, "required": []}
        for part in parts:
            merged["properties"].update(part.pop("properties", {}))
            merged["required"] += [name for name in part.pop("required", []) if name not in merged["required"]]
            merged.update(part)
        schema = merged
    options = schema.get("oneOf")
    if options and len(options) == 2 and {"type": "null"} in options:
        only = dict(next(option for option in options if option != {"type": "null"}))
        only["type"] = [only.get("type"), "null"]
        if "enum" in only:
            only["enum"] = [*only["enum"], None]
        schema = {**only, **{key: value for key, value in schema.items() if key != "oneOf"}}
    # One union inside another is one union.
    if any(isinstance(option, dict) and set(option) == {"anyOf"} for option in schema.get("anyOf", [])):
        schema["anyOf"] = [each for option in schema["anyOf"] for each in option.get("anyOf", [option])]
    if schema.get("required") == [] or schema.get("required") is False:
        del schema["required"]
    if isinstance(schema.get("required"), list):
        schema["required"] = sorted(schema["required"])
        # A required field is a property.
        if schema.get("minProperties") == 1:
            del schema["minProperties"]
    if set(schema) >= {"const", "type"}:
        schema["enum"] = [schema.pop("const")]
    return schema


def operations(document):
    for path, item in document.json["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def differences(old, new, place):
    if type(old) is not type(new):
        yield place, old, new
    elif isinstance(old, dict):
        for key in {**old, **new}:
            if key not in old or key not in new:
                yield f"{place}/{key}", old.get(key, "(absent)"), new.get(key, "(absent)")
            else:
                yield from differences(old[key], new[key], f"{place}/{key}")
    elif isinstance(old, list) and place.endswith("/parameters"):
        by_name = lambda all: {f"{each['in']} {each['name']}": each for each in all}
        yield from differences(by_name(old), by_name(new), place)
    elif old != new:
        if isinstance(old, list) and len(old) == len(new):
            for number, pair in enumerate(zip(old, new)):
                yield from differences(*pair, f"{place}/{number}")
        else:
            yield place, old, new


def texts(document):
    count = 0
    stack = [document.json]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            count += sum(1 for key in part if key in TEXTS and isinstance(part[key], str))
            stack += part.values()
        elif isinstance(part, list):
            stack += part
    return count


def main():
    old, new = Document(sys.argv[1]), Document(sys.argv[2])
    before, after = dict(operations(old)), dict(operations(new))
    found = []
    for name in {**before, **after}:
        if name not in before or name not in after:
            found.append((name, name in before, name in after))
            continue
        found += differences(old.resolved(before[name]), new.resolved(after[name]), name)
    for place, one, other in found:
        print(f"{place}\n    old: {json.dumps(one)[:300]}\n    new: {json.dumps(other)[:300]}")
    print(f"{len(before)} operations, {len(found)} differences; texts: {texts(old)} old, {texts(new)} new")
    sys.exit(1 if found else 0)


main()
