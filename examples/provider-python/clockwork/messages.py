"""The messages of the protocol.

They are made from clockwork_v1.binpb, the compiled form of clockwork_v1.proto,
when the provider starts. So there is no generated code, which would have to fit
the version of protobuf that a distribution happens to have.
"""

import enum
import pkgutil

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "clockwork.provider.v1."
_POOL = descriptor_pool.DescriptorPool()
for _file in descriptor_pb2.FileDescriptorSet.FromString(
    pkgutil.get_data(__package__, "clockwork_v1.binpb")
).file:
    _POOL.AddSerializedFile(_file.SerializeToString())


def _message(name):
    descriptor = _POOL.FindMessageTypeByName(_PACKAGE + name)
    if hasattr(message_factory, "GetMessageClass"):  # protobuf 4.22 and newer
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(_POOL).GetPrototype(descriptor)


def _enum(name, prefix):
    descriptor = _POOL.FindEnumTypeByName(_PACKAGE + name)
    return enum.IntEnum(
        name.split(".")[-1],
        {value.name[len(prefix):]: value.number for value in descriptor.values},
    )


Frame = _message("Frame")
Message = _message("Message")
Failure = _message("Failure")
Progress = _message("Progress")
Event = _message("Event")

ConfigureRequest = _message("ConfigureRequest")
ValidateRequest = _message("ValidateRequest")
ReadRequest = _message("ReadRequest")
ApplyRequest = _message("ApplyRequest")
PlanRequest = _message("PlanRequest")
ImportRequest = _message("ImportRequest")
DataRequest = _message("DataRequest")
CheckRequest = _message("CheckRequest")
DiagnoseRequest = _message("DiagnoseRequest")
RecoverRequest = _message("RecoverRequest")
UpgradeRequest = _message("UpgradeRequest")

DiagnosticsResponse = _message("DiagnosticsResponse")
StateResponse = _message("StateResponse")
PlanResponse = _message("PlanResponse")
CheckResponse = _message("CheckResponse")
DiagnoseResponse = _message("DiagnoseResponse")

Diagnostic = _message("Diagnostic")
Schema = _message("Schema")
Object = _message("Object")
Attribute = _message("Attribute")
ResourceType = _message("ResourceType")
DataType = _message("DataType")
AssertType = _message("AssertType")

Kind = _enum("Kind", "KIND_")
Action = _enum("Action", "ACTION_")
FailureCode = _enum("Failure.Code", "CODE_")
Outcome = _enum("CheckResponse.Outcome", "OUTCOME_")
ObjectKind = _enum("ValidateRequest.Kind", "KIND_")
Severity = _enum("Diagnostic.Severity", "SEVERITY_")
Tier = _enum("Attribute.Tier", "TIER_")
