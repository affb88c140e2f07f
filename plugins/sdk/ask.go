package sdk

import (
	"context"
	"errors"
	"reflect"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// DataType is a declared type of data source. Data makes it.
type DataType[C any] struct{ d *data[C] }

type data[C any] struct {
	declared
	read func(ctx context.Context, c *Call[C], config cty.Value) answer
}

// Data declares a type of data source: something that is looked up and never
// changed. The function gets what the user has set, with what is computed still
// unknown, and returns it filled in. What does not exist is an error.
//
//	sdk.Data("acme_thing", "A thing that somebody else made.",
//		func(ctx context.Context, c *sdk.Call[*client], want lookup) (*lookup, error) { ... })
func Data[C, M any](name, doc string, read func(ctx context.Context, c *Call[C], want M) (*M, error), opts ...Option) DataType[C] {
	d := &data[C]{declared: declare[M](name, doc, aData, opts)}
	if read == nil {
		d.fail("it has no function to read with")
		return DataType[C]{d}
	}
	d.read = func(ctx context.Context, c *Call[C], config cty.Value) answer {
		want, err := decode[M](d.model, config, &decoder{validating: true, unsetIsUnknown: true})
		if err != nil {
			return answerOf[M](&d.declared, "Read", nil, err)
		}
		found, err := read(ctx, c, want)
		if found == nil && err == nil {
			err = errors.New("there is no such object")
		}
		return answerOf(&d.declared, "Read", found, err)
	}
	return DataType[C]{d}
}

// AssertType is a declared type of assert. Assert makes it.
type AssertType[C any] struct{ a *assert[C] }

type assert[C any] struct {
	declared
	target reflect.Type // the struct of what it is about; cty.Value means any
	check  func(ctx context.Context, c *Call[C], of *model, config, state cty.Value) (Verdict, error)
}

// Assert declares a type of assert, which a monitor evaluates for ever: its
// name, such as "thing_healthy", a sentence about it, and the function that
// looks. A is the struct of the assert's own arguments, struct{} for none, and M
// that of the resource types that it can be about. An M that is cty.Value can
// be about any, or those that Targets names.
//
// Only a verdict that was passed on what was seen is a Pass or a Fail. What
// could not be looked at is an error, or Unsure, and nothing is healed for it.
//
//	sdk.Assert("thing_healthy", "The thing answers.",
//		func(ctx context.Context, c *sdk.Call[*client], args struct{}, was Thing) (sdk.Verdict, error) { ... })
func Assert[C, A, M any](name, doc string, check func(ctx context.Context, c *Call[C], args A, was M) (Verdict, error), opts ...Option) AssertType[C] {
	a := &assert[C]{declared: declare[A](name, doc, anAssert, opts), target: reflect.TypeFor[M]()}
	if check == nil {
		a.fail("it has no function to check with")
		return AssertType[C]{a}
	}
	a.check = func(ctx context.Context, c *Call[C], of *model, config, state cty.Value) (Verdict, error) {
		args, err := decode[A](a.model, config, &decoder{validating: true})
		if err != nil {
			return Verdict{}, err
		}
		was, err := decode[M](of, state, &decoder{})
		if err != nil {
			return Verdict{}, err
		}
		return check(ctx, c, args, was)
	}
	return AssertType[C]{a}
}

// Verdict is what an assert finds. The zero Verdict is Unsure.
type Verdict struct {
	outcome providers.Outcome
	message string
}

// Pass says that all is as the assert wants it, and in a few words how it is.
func Pass(message string) Verdict { return Verdict{providers.Pass, message} }

// Fail says that it is not, and in a few words how it is.
func Fail(message string) Verdict { return Verdict{providers.Fail, message} }

// Unsure says that it cannot be told, and why.
func Unsure(message string) Verdict { return Verdict{providers.Unknown, message} }

// maxMessage is how many bytes a verdict may say.
const maxMessage = 200

// shorten cuts a text to n bytes, between characters.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	cut := n - len("...")
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut] + "..."
}
