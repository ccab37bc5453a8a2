// firstvm is a VM from its creation to its deletion: it creates one, follows it until it runs, runs a command in it, deletes
// it.
//
//	firstvm NAME [IMAGE]
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"

	banger "banger.internal/client"
	vmmv1 "banger.internal/client/gen/banger/vmm/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		fmt.Fprintln(os.Stderr, "firstvm NAME [IMAGE]")
		os.Exit(2)
	}
	image := strings.Join(os.Args[2:], "")
	if err := run(context.Background(), os.Args[1], image); err != nil {
		if failure := banger.FailureOf(err); failure != nil {
			err = fmt.Errorf("%s [%s]", failure.Message, failure.Reason)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name, image string) (failed error) {
	host, err := banger.New("")
	if err != nil {
		return err
	}
	defer host.Close()
	if _, err := create(ctx, host.VMs, name, image); err != nil {
		return err
	}
	defer func() {
		if err := remove(ctx, host.VMs, name); err != nil && failed == nil {
			failed = err
		}
	}()
	vm, err := follow(ctx, host.VMs, name)
	if err != nil {
		return err
	}
	fmt.Printf("%s is at %s\n", name, vm.GetStatus().GetIpv4Address())
	script := `read -r word; echo "$word from $(hostname)"; exit 3`
	command := &vmmv1.ExecCommand{Name: name, Arguments: []string{"sh", "-c", script}}
	ended, err := banger.Run(ctx, host.VMs, command, strings.NewReader("hello\n"))
	if err != nil {
		return err
	}
	fmt.Printf("it says %q and ends with %d\n", strings.TrimSpace(string(ended.Stdout)), ended.ExitCode)
	return nil
}

func create(ctx context.Context, vms vmmv1.VmServiceClient, name, image string) (*vmmv1.Vm, error) {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	// The same id in every try: whatever became of the ones before, there is one VM.
	request := &vmmv1.CreateVmRequest{
		Name: name, Spec: &vmmv1.VmSpec{Image: image}, RequestId: hex.EncodeToString(id),
	}
	for pause := 200 * time.Millisecond; ; pause *= 5 {
		try, cancel := context.WithTimeout(ctx, 30*time.Second)
		response, err := vms.CreateVm(try, request)
		cancel()
		if err == nil || status.Code(err) != codes.Unavailable || pause > 5*time.Second {
			return response.GetVm(), err
		}
		time.Sleep(pause)
	}
}

func follow(ctx context.Context, vms vmmv1.VmServiceClient, name string) (*vmmv1.Vm, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	return banger.WaitUntil(ctx, vms, name, func(vm *vmmv1.Vm) bool {
		state, step := vm.GetStatus().GetState(), vm.GetStatus().GetStep()
		if step != "" {
			step = " (" + step + ")"
		}
		fmt.Printf("%s: %s%s\n", vm.GetName(), state, step)
		return state == vmmv1.VmState_VM_STATE_RUNNING
	})
}

func remove(ctx context.Context, vms vmmv1.VmServiceClient, name string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	request := &vmmv1.DeleteVmRequest{Name: name, Force: true, Purge: true, Wait: true}
	if _, err := vms.DeleteVm(ctx, request); err != nil {
		return err
	}
	fmt.Printf("%s is deleted\n", name)
	return nil
}
