"""What a provider says of itself, and the types that follow from it."""

import json

from . import messages, values


def attribute(ty, description, default=None, depends_on=None, **options):
    """An attribute; options are fields of the message Attribute."""
    made = messages.Attribute(type=json.dumps(ty).encode(), description=description, **options)
    if default is not None:
        made.default = values.encode(ty, default)
    if depends_on is not None:
        made.depends_on.SetInParent()  # set, even without any name
        made.depends_on.names.extend(depends_on)
    return made


def obj(description, **attributes):
    """The attributes of a type."""
    return messages.Object(description=description, attributes=attributes)


def type_of(schema_object):
    """The type of the values that a schema's object describes."""
    types = {}
    for name, attr in schema_object.attributes.items():
        if attr.HasField("nested"):
            nested = type_of(attr.nested.object)
            collection = {2: "list", 3: "set", 4: "map"}.get(attr.nested.nesting)
            types[name] = [collection, nested] if collection else nested
        else:
            types[name] = json.loads(attr.type)
    return ["object", types]
