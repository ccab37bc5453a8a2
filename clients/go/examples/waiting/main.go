// waiting waits until a VM runs, and says where it is: it may be created later, and banger may be restarted meanwhile.
//
//	waiting NAME
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	banger "banger.internal/client"
	vmmv1 "banger.internal/client/gen/banger/vmm/v1"
)

var errRuns = errors.New("it runs")

func main() {
	if len(os.Args) != 2 {
		log.Fatal("waiting NAME")
	}
	name := os.Args[1]
	host, err := banger.New("")
	if err != nil {
		log.Fatal(err)
	}
	defer host.Close()
	err = banger.Watch(context.Background(), host.VMs, name, func(event *vmmv1.WatchVmsResponse) error {
		status := event.GetUpserted().GetStatus()
		switch {
		case event.GetSynced() != nil:
			fmt.Printf("waiting for %s\n", name)
		case event.GetDeleted() != nil:
			fmt.Printf("%s is gone\n", name)
		case status.GetState() == vmmv1.VmState_VM_STATE_RUNNING:
			fmt.Printf("%s is at %s\n", name, status.GetIpv4Address())
			return errRuns
		}
		return nil
	})
	if !errors.Is(err, errRuns) {
		log.Fatal(err)
	}
}
