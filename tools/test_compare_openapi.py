#!/usr/bin/env python3
"""Does compare-openapi.py see what it is for, and nothing else? On the checked-in document, as it is and changed."""
import copy
import importlib.util
import pathlib
import unittest

here = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location("compare_openapi", here / "compare-openapi.py")
compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare)
DOCUMENT = compare.read(here.parent / "openapi" / "onrecord.v1.json")


class Compared(unittest.TestCase):
    def setUp(self):
        self.changed = copy.deepcopy(DOCUMENT)
        self.schemas = self.changed["components"]["schemas"]

    def places(self):
        return [place for place, _, _ in compare.compared(DOCUMENT, self.changed)]

    def one(self, end):
        places = self.places()
        self.assertEqual(len(places), 1, places)
        self.assertTrue(places[0].endswith(end), places)

    def test_a_document_is_as_it_is(self):
        self.assertEqual(self.places(), [])

    def test_texts_may_differ(self):
        for part in [*self.schemas.values(), *(operation for _, operation in compare.operations(compare.Document(self.changed)))]:
            part["description"] = "Other words."
        self.assertEqual(self.places(), [])

    def test_a_schema_may_have_another_name(self):
        self.schemas["Pounds"] = self.schemas.pop("Money")
        renamed = 0
        for part in compare.parts(self.changed):
            if isinstance(part, dict) and part.get("$ref") == "#/components/schemas/Money":
                part["$ref"] = "#/components/schemas/Pounds"
                renamed += 1
        self.assertGreater(renamed, 1)
        self.assertEqual(self.places(), [])

    def test_a_changed_type_is_one_difference_however_many_operations_have_it(self):
        self.schemas["Money"]["properties"]["amount"]["type"] = "boolean"
        self.one("/amount/type")

    def test_a_property_with_the_name_of_a_text_is_a_property(self):
        described = [schema for schema in self.schemas.values() if "description" in schema.get("properties", {})]
        del described[0]["properties"]["description"]
        self.one("/properties/description")

    def test_credentials_are_compared(self):
        self.changed["components"]["securitySchemes"]["apiKey"]["name"] = "x-other-key"
        self.one("securitySchemes/apiKey/name")

    def test_what_needs_no_credentials_is_compared(self):
        self.changed["security"].append({})
        self.one("security")

    def test_an_operation_that_is_gone_is_a_difference(self):
        del self.changed["paths"]["/v1/plans"]["get"]
        self.one("GET /v1/plans")


unittest.main()
