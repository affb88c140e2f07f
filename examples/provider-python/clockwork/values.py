"""Values, in the form of go-cty's msgpack.

A type is what json.loads makes of cty's JSON form: "string", ["map", "number"].
In Python a value is:

  null            None
  unknown         UNKNOWN
  string, bool    str, bool
  number          int, or Decimal or float where it is not whole
  list, set,tuple list
  map, object     dict
  dynamic         Dynamic(type, value)
"""

import collections
import decimal
import json

import msgpack

Dynamic = collections.namedtuple("Dynamic", "type value")

# What cty's numbers are read and written with: more than enough for each of them.
_EXACT = decimal.Context(prec=1000)


class _Unknown:
    def __repr__(self):
        return "UNKNOWN"

    def __bool__(self):
        raise TypeError("an unknown value is neither true nor false")


UNKNOWN = _Unknown()
_UNKNOWN_EXT = msgpack.ExtType(0, b"\x00")
_INT64 = range(-(1 << 63), 1 << 63)


class ValueProblem(Exception):
    """A value that is not of its type. It never quotes the value."""


def encode(ty, value):
    """Returns the bytes of a value of a type."""
    if _has_dynamic(ty) and ty != "dynamic" and not isinstance(value, Dynamic):
        # Then the whole value carries its type, and not only the dynamic parts.
        value = Dynamic(_type_of(ty, value), _strip(ty, value))
        ty = "dynamic"
    return msgpack.packb(_pack(ty, value, ""), use_bin_type=True)


def decode(ty, data):
    """Returns the value that the bytes are. No bytes at all are no value: None."""
    if not data:
        return None
    try:
        # Keys are not interned and nothing is limited: messages are.
        raw = msgpack.unpackb(data, raw=False, strict_map_key=False, ext_hook=_ext)
    except (ValueError, msgpack.exceptions.UnpackException) as problem:
        raise ValueProblem("it is not msgpack") from problem
    if _has_dynamic(ty):
        value = _unpack("dynamic", raw, "")
        return value if ty == "dynamic" or not isinstance(value, Dynamic) else _wrap(ty, value)
    return _unpack(ty, raw, "")


def known(value):
    """Tells whether nothing in a value is unknown."""
    if value is UNKNOWN:
        return False
    if isinstance(value, Dynamic):
        return known(value.value)
    if isinstance(value, dict):
        return all(map(known, value.values()))
    if isinstance(value, list):
        return all(map(known, value))
    return True


def _ext(code, data):
    # Code 12 says more of what is unknown; nothing depends on it.
    if code == 12 or len(data) <= 1:
        return UNKNOWN
    raise ValueError("unexpected extension")


def _kind(ty):
    return ty if isinstance(ty, str) else ty[0]


def _has_dynamic(ty):
    kind = _kind(ty)
    if kind in ("list", "set", "map"):
        return _has_dynamic(ty[1])
    if kind == "tuple":
        return any(map(_has_dynamic, ty[1]))
    if kind == "object":
        return any(map(_has_dynamic, ty[1].values()))
    return kind == "dynamic"


def _pack(ty, value, at):
    kind = _kind(ty)
    if kind == "dynamic" and isinstance(value, Dynamic):
        name = json.dumps(value.type, separators=(",", ":"), sort_keys=True)
        return [name.encode(), _pack(value.type, value.value, at)]
    if value is UNKNOWN:
        return _UNKNOWN_EXT
    if value is None:
        return None
    if kind == "string" and isinstance(value, str):
        return value
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "number" and isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool):
        return _pack_number(value, at)
    if kind in ("list", "set") and isinstance(value, list):
        return [_pack(ty[1], item, f"{at}[{i}]") for i, item in enumerate(value)]
    if kind == "map" and isinstance(value, dict):
        # In order, as the host does: equal values are equal bytes.
        return {key: _pack(ty[1], value[key], f"{at}[{key!r}]") for key in sorted(value)}
    if kind == "tuple" and isinstance(value, list) and len(value) == len(ty[1]):
        return [_pack(t, item, f"{at}[{i}]") for i, (t, item) in enumerate(zip(ty[1], value))]
    if kind == "object" and isinstance(value, dict) and value.keys() == ty[1].keys():
        return {name: _pack(ty[1][name], value[name], f"{at}.{name}") for name in sorted(value)}
    raise ValueProblem(f"{at or 'the value'}: a {kind} is wanted")


def _pack_number(value, at):
    number = decimal.Decimal(value)
    if not number.is_finite():
        raise ValueProblem(f"{at or 'the value'}: a number is wanted that is finite")
    if number == number.to_integral_value(context=_EXACT):
        whole = int(number)
        return whole if whole in _INT64 else str(whole)
    # A number that a float cannot hold is its digits.
    return float(number) if decimal.Decimal(float(number)) == number else format(number, "f")


def _unpack(ty, raw, at):
    kind = _kind(ty)
    if raw is UNKNOWN or raw is None:
        return raw
    if kind == "dynamic" and isinstance(raw, list) and len(raw) == 2 and isinstance(raw[0], (bytes, str)):
        own = json.loads(raw[0])
        return Dynamic(own, _unpack(own, raw[1], at))
    if kind == "string" and isinstance(raw, (str, bytes)):
        return raw if isinstance(raw, str) else raw.decode()
    if kind == "bool" and isinstance(raw, bool):
        return raw
    if kind == "number" and isinstance(raw, (int, float, str)) and not isinstance(raw, bool):
        number = decimal.Decimal(raw)
        return int(number) if number == number.to_integral_value(context=_EXACT) else number
    if kind in ("list", "set") and isinstance(raw, list):
        return [_unpack(ty[1], item, f"{at}[{i}]") for i, item in enumerate(raw)]
    if kind == "map" and isinstance(raw, dict):
        return {key: _unpack(ty[1], item, f"{at}[{key!r}]") for key, item in raw.items()}
    if kind == "tuple" and isinstance(raw, list) and len(raw) == len(ty[1]):
        return [_unpack(t, item, f"{at}[{i}]") for i, (t, item) in enumerate(zip(ty[1], raw))]
    if kind == "object" and isinstance(raw, dict) and raw.keys() == ty[1].keys():
        return {name: _unpack(ty[1][name], item, f"{at}.{name}") for name, item in raw.items()}
    raise ValueProblem(f"{at or 'the value'}: a {kind} is wanted")


def _type_of(ty, value):
    """The type of a value whose schema type is dynamic somewhere."""
    kind = _kind(ty)
    if kind == "dynamic":
        return value.type if isinstance(value, Dynamic) else "dynamic"
    if kind == "object" and isinstance(value, dict):
        return ["object", {name: _type_of(t, value.get(name)) for name, t in ty[1].items()}]
    if kind == "tuple" and isinstance(value, list):
        return ["tuple", [_type_of(t, item) for t, item in zip(ty[1], value)]]
    return ty


def _strip(ty, value):
    """The value without the types that its dynamic parts carry."""
    kind = _kind(ty)
    if kind == "dynamic":
        return value.value if isinstance(value, Dynamic) else value
    if kind == "object" and isinstance(value, dict):
        return {name: _strip(t, value.get(name)) for name, t in ty[1].items()}
    if kind == "tuple" and isinstance(value, list):
        return [_strip(t, item) for t, item in zip(ty[1], value)]
    return value


def _wrap(ty, whole):
    """The reverse of _type_of and _strip."""

    def wrap(ty, own, value):
        kind = _kind(ty)
        if kind == "dynamic":
            return value if value is None and own == "dynamic" else Dynamic(own, value)
        if kind == "object" and isinstance(value, dict):
            return {name: wrap(t, own[1][name], value[name]) for name, t in ty[1].items()}
        if kind == "tuple" and isinstance(value, list):
            return [wrap(t, o, item) for t, o, item in zip(ty[1], own[1], value)]
        return value

    return wrap(ty, whole.type, whole.value)
