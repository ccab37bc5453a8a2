package banger

import (
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Failure is what went wrong, as docs/errors.md has it.
type Failure struct {
	Code codes.Code
	// Reason is a stable word, such as "VM_NOT_FOUND": what a program decides by.
	Reason string
	// Domain is who says it, such as "vmm.banger".
	Domain string
	// Message is for people: what could not be done, to what, why, and what to do.
	Message string
	// Metadata has every variable part of the message.
	Metadata map[string]string
	// Fields tells what is wrong with which fields of the request.
	Fields map[string]string
	// Preconditions tells what the host lacks.
	Preconditions []*errdetails.PreconditionFailure_Violation
}

// FailureOf reads the details of a failed call. It is nil when a service did not send any, as when nothing answers at the
// socket.
func FailureOf(err error) *Failure {
	known, ok := status.FromError(err)
	if !ok || known.Code() == codes.OK {
		return nil
	}
	failure := &Failure{Code: known.Code(), Message: known.Message(), Fields: map[string]string{}}
	for _, detail := range known.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			failure.Reason, failure.Domain, failure.Metadata = detail.GetReason(), detail.GetDomain(), detail.GetMetadata()
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				failure.Fields[violation.GetField()] = violation.GetDescription()
			}
		case *errdetails.PreconditionFailure:
			failure.Preconditions = detail.GetViolations()
		}
	}
	if failure.Reason == "" {
		return nil
	}
	return failure
}
