"""Values, against what Clockwork's own codec makes of them: see values.json."""

import decimal
import json
import pathlib
import unittest

from clockwork import values
from clockwork.values import UNKNOWN, Dynamic, ValueProblem

VECTORS = json.loads((pathlib.Path(__file__).parent / "values.json").read_text())


def python(ty, value):
    """The value of a vector, whose unknown and dynamic ones are objects."""
    if isinstance(value, dict) and value.get("unknown") is True:
        return UNKNOWN
    if value is None:
        return None
    kind = ty if isinstance(ty, str) else ty[0]
    if kind == "dynamic":
        return Dynamic(value["type"], python(value["type"], value["value"]))
    if kind == "number":
        number = decimal.Decimal(value)
        return int(number) if number == number.to_integral_value() else number
    if kind in ("list", "set"):
        return [python(ty[1], item) for item in value]
    if kind == "map":
        return {key: python(ty[1], item) for key, item in value.items()}
    if kind == "tuple":
        return [python(t, item) for t, item in zip(ty[1], value)]
    if kind == "object":
        return {name: python(t, value[name]) for name, t in ty[1].items()}
    return value


class Vectors(unittest.TestCase):
    def test_vectors(self):
        self.assertGreater(len(VECTORS), 20)
        for vector in VECTORS:
            with self.subTest(vector["name"]):
                data, want = bytes.fromhex(vector["bytes"]), python(vector["type"], vector["value"])
                got = values.decode(vector["type"], data)
                self.assertEqual(got, want)
                self.assertEqual(values.encode(vector["type"], want).hex(), vector.get("encoded", vector["bytes"]))


class Problems(unittest.TestCase):
    def test_a_value_of_another_type_is_not_quoted(self):
        ty = ["object", {"a": ["list", "number"]}]
        with self.assertRaisesRegex(ValueProblem, r"^\.a\[1\]: a number is wanted$"):
            values.encode(ty, {"a": [1, "hush"]})
        with self.assertRaisesRegex(ValueProblem, "^the value: a object is wanted$"):
            values.decode(ty, bytes.fromhex("80"))
        with self.assertRaises(ValueProblem):
            values.decode("string", bytes.fromhex("a5"))

    def test_nobody_asks_what_is_unknown(self):
        with self.assertRaises(TypeError):
            bool(UNKNOWN)


if __name__ == "__main__":
    unittest.main()
