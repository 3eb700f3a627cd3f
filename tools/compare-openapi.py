#!/usr/bin/env python3
"""tools/compare-openapi.py OLD NEW

Says whether two OpenAPI documents mean the same, apart from texts: every operation has the same parameters, request
bodies, statuses, headers, media types, schemas, examples and rules of access, and the same credentials open it.
References are followed, `allOf` is merged, and "this type or null" is compared in one form, so that it does not matter
how a document shares its parts. A part that many operations share is compared once, and a difference in it is named
where it is met first. Texts (`description`, `summary`) that differ are counted. Exits with 1 where anything else differs.
"""
import json
import sys

TEXTS = {"description", "summary"}
# Below these the keys are names, and what looks like a keyword is a field of that name.
MAPS = {
    "$defs", "callbacks", "content", "dependentSchemas", "encoding", "headers", "links", "patternProperties", "paths",
    "properties", "responses", "schemas", "securitySchemes", "variables",
}
# Below these are values, in which a reference or a text is part of the value.
VALUES = {"const", "default", "enum", "example", "examples", "required"}
NULL = {"type": "null"}


class Document:
    def __init__(self, document):
        self.json = document
        # Objects of the document itself live as long as it does, so that their identity names them.
        self.own = {id(part) for part in parts(document)}

    def follow(self, reference):
        part = self.json
        for step in reference.removeprefix("#/").split("/"):
            part = part[step.replace("~1", "/").replace("~0", "~")]
        return part

    def resolved(self, part, seen=()):
        """The part in one form, without a reference in its place. What is in it is as the document has it."""
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            reference = part["$ref"]
            if reference in seen:
                raise ValueError(f"{reference} refers to itself")
            target = self.resolved(self.follow(reference), (*seen, reference))
            rest = self.resolved({key: value for key, value in part.items() if key != "$ref"})
            return {**target, **rest} if isinstance(target, dict) else target
        schema = {key: value for key, value in part.items() if key not in TEXTS or not isinstance(value, str)}
        if isinstance(schema.get("examples"), dict) and "schema" in schema:
            # One example that has a name is the example.
            values = [self.resolved(each)["value"] for each in schema.pop("examples").values()]
            schema["example"] = values[0] if len(values) == 1 else values
        return self.one_form(schema)

    def one_form(self, schema):
        if isinstance(schema.get("allOf"), list):
            merged = {"properties": {}, "required": []}
            for part in [*schema.pop("allOf"), schema]:
                part = dict(self.resolved(part))
                merged["properties"].update(part.pop("properties", {}))
                merged["required"] += [name for name in part.pop("required", []) if name not in merged["required"]]
                merged.update(part)
            schema = {key: value for key, value in merged.items() if value or key != "properties"}
        options = schema.get("oneOf")
        if isinstance(options, list) and len(options) == 2 and NULL in options:
            only = dict(self.resolved(next(option for option in options if option != NULL)))
            only["type"] = [only.get("type"), "null"]
            if "enum" in only:
                only["enum"] = [*only["enum"], None]
            schema = {**only, **{key: value for key, value in schema.items() if key != "oneOf"}}
        # One union inside another is one union.
        if isinstance(schema.get("anyOf"), list):
            inner = [(option, self.resolved(option)) for option in schema["anyOf"]]
            schema["anyOf"] = [
                each
                for option, form in inner
                for each in (form["anyOf"] if isinstance(form, dict) and set(form) == {"anyOf"} else [option])
            ]
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


def parts(document):
    stack = [document]
    while stack:
        part = stack.pop()
        if isinstance(part, (dict, list)):
            yield part
            stack += part.values() if isinstance(part, dict) else part


def operations(document):
    for path, item in document.json["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


class Comparison:
    def __init__(self, old, new):
        self.old, self.new = old, new
        self.seen = set()

    def all(self):
        before, after = dict(operations(self.old)), dict(operations(self.new))
        for name in {**before, **after}:
            if name in before and name in after:
                yield from self.differences(before[name], after[name], name)
            else:
                yield name, name in before, name in after
        for place, of in [
            ("security", lambda document: document.get("security", [])),
            ("servers", lambda document: document.get("servers", [])),
            ("securitySchemes", lambda document: document.get("components", {}).get("securitySchemes", {})),
        ]:
            yield from self.differences(of(self.old.json), of(self.new.json), place, names=place == "securitySchemes")

    def differences(self, old, new, place, names=False):
        if id(old) in self.old.own and id(new) in self.new.own:
            pair = (id(old), id(new), names)
            if pair in self.seen:
                return
            self.seen.add(pair)
        if not names:
            old, new = self.old.resolved(old), self.new.resolved(new)
        yield from self.of_forms(old, new, place, names)

    def of_forms(self, old, new, place, names):
        if type(old) is not type(new):
            yield place, old, new
        elif isinstance(old, dict):
            for key in {**old, **new}:
                inside = f"{place}/{key}"
                if key not in old or key not in new:
                    yield inside, old.get(key, "(absent)"), new.get(key, "(absent)")
                elif key in VALUES and not names:
                    if old[key] != new[key]:
                        yield inside, old[key], new[key]
                else:
                    yield from self.differences(old[key], new[key], inside, names=not names and key in MAPS)
        elif isinstance(old, list) and place.endswith("/parameters"):
            yield from self.differences(by_name(self.old, old), by_name(self.new, new), place, names=True)
        elif isinstance(old, list) and len(old) == len(new):
            for number, (one, other) in enumerate(zip(old, new)):
                yield from self.differences(one, other, f"{place}/{number}")
        elif old != new:
            yield place, old, new


def by_name(document, parameters):
    resolved = [(document.resolved(each), each) for each in parameters]
    return {f"{form['in']} {form['name']}": each for form, each in resolved}


def texts(document):
    return sum(
        1 for part in parts(document.json) if isinstance(part, dict)
        for key in TEXTS if isinstance(part.get(key), str)
    )


def compared(old, new):
    """The differences between two documents: where, what the old one has there, what the new one has."""
    return list(Comparison(Document(old), Document(new)).all())


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    old, new = read(sys.argv[1]), read(sys.argv[2])
    found = compared(old, new)
    for place, one, other in found:
        print(f"{place}\n    old: {json.dumps(one)[:300]}\n    new: {json.dumps(other)[:300]}")
    old, new = Document(old), Document(new)
    number = len(list(operations(old)))
    print(f"{number} operations, {len(found)} differences; texts: {texts(old)} old, {texts(new)} new")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
