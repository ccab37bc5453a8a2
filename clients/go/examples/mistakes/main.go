// mistakes is why a call failed, for programs: it asks for a VM that cannot be, and prints what is wrong with it as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	banger "banger.internal/client"
	vmmv1 "banger.internal/client/gen/banger/vmm/v1"
)

func main() {
	host, err := banger.New("")
	if err != nil {
		log.Fatal(err)
	}
	defer host.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	request := &vmmv1.CreateVmRequest{Name: "No Name", Spec: &vmmv1.VmSpec{CpuCount: 1000}, ValidateOnly: true}
	_, err = host.VMs.CreateVm(ctx, request)
	failure := banger.FailureOf(err)
	if failure == nil {
		log.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{
		"code": fmt.Sprint(failure.Code), "reason": failure.Reason, "domain": failure.Domain,
		"message": failure.Message, "fields": failure.Fields,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
}
