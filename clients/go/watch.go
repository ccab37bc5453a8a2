package banger

import (
	"context"
	"fmt"
	"time"

	vmmv1 "banger.internal/client/gen/banger/vmm/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const reconnectPause = 200 * time.Millisecond

// VMFailed is the error of a VM that is FAILED: those words are of its last error.
type VMFailed struct{ Name, Reason, Message string }

func (e *VMFailed) Error() string { return e.Name + ": " + e.Message }

// VMGone is the error when a VM that was waited for is deleted.
type VMGone struct{ Name string }

func (e *VMGone) Error() string { return e.Name + " was deleted" }

// Watch follows one VM, or all of them when name is empty: what is there, synced, then each change. When the service
// restarts it connects again, and a new snapshot follows. It ends with the error of handle, or of ctx, or of a call that
// no repeat mends.
func Watch(ctx context.Context, vms vmmv1.VmServiceClient, name string, handle func(*vmmv1.WatchVmsResponse) error) error {
	for {
		if err := watchOnce(ctx, vms, name, handle); err != nil && status.Code(err) != codes.Unavailable {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(reconnectPause):
		}
	}
}

// watchOnce returns an error of the code Unavailable when the stream broke.
func watchOnce(ctx context.Context, vms vmmv1.VmServiceClient, name string, handle func(*vmmv1.WatchVmsResponse) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := vms.WatchVms(ctx, &vmmv1.WatchVmsRequest{Name: name}, grpc.WaitForReady(true))
	if err != nil {
		return err
	}
	for {
		event, err := stream.Recv()
		if err != nil {
			return err
		}
		if err := handle(event); err != nil {
			return err
		}
	}
}

// WaitUntil returns a VM as soon as it is as asked for. It fails with *VMFailed when the VM is FAILED, and with *VMGone when
// it is deleted.
func WaitUntil(ctx context.Context, vms vmmv1.VmServiceClient, name string, isMet func(*vmmv1.Vm) bool) (*vmmv1.Vm, error) {
	var found, seen *vmmv1.Vm
	met := fmt.Errorf("%s is as asked for", name)
	err := Watch(ctx, vms, name, func(event *vmmv1.WatchVmsResponse) error {
		if vm := event.GetUpserted(); vm != nil {
			seen = vm
			if isMet(vm) {
				found = vm
				return met
			}
			if status := vm.GetStatus(); status.GetState() == vmmv1.VmState_VM_STATE_FAILED {
				return &VMFailed{vm.GetName(), status.GetLastError().GetReason(), status.GetLastError().GetMessage()}
			}
		}
		if event.GetDeleted() != nil && seen != nil {
			return &VMGone{name}
		}
		return nil
	})
	if found != nil {
		return found, nil
	}
	return nil, err
}
