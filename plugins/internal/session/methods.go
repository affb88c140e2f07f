package session

import (
	"fmt"

	"github.com/clockwork-hcl/clockwork/plugins/proto"
)

// method returns the name of the provider's method behind a request.
func method(kind proto.Kind) string {
	switch kind {
	case proto.Kind_KIND_SCHEMA:
		return "Schema"
	case proto.Kind_KIND_CONFIGURE:
		return "Configure"
	case proto.Kind_KIND_VALIDATE:
		return "Validate"
	case proto.Kind_KIND_READ:
		return "Read"
	case proto.Kind_KIND_APPLY:
		return "Apply"
	case proto.Kind_KIND_PLAN:
		return "Plan"
	case proto.Kind_KIND_IMPORT:
		return "Import"
	case proto.Kind_KIND_DATA:
		return "Data"
	case proto.Kind_KIND_CHECK:
		return "Check"
	case proto.Kind_KIND_DIAGNOSE:
		return "Diagnose"
	case proto.Kind_KIND_WATCH:
		return "Watch"
	case proto.Kind_KIND_RECOVER:
		return "Recover"
	case proto.Kind_KIND_UPGRADE:
		return "Upgrade"
	case proto.Kind_KIND_CLOSE:
		return "Close"
	}
	return fmt.Sprintf("request %d", kind)
}
