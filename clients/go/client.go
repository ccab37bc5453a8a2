// Package banger drives virtual machines by banger: a client of its services.
//
// The packages below gen are generated from the contract. What is here saves a program from writing the same lines again:
// where the sockets are, why a call failed, when a VM is there, and a command's output.
package banger

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	dnsdv1 "banger.internal/client/gen/banger/dnsd/v1"
	imagedv1 "banger.internal/client/gen/banger/imaged/v1"
	netdv1 "banger.internal/client/gen/banger/netd/v1"
	supervisorv1 "banger.internal/client/gen/banger/supervisor/v1"
	vmmv1 "banger.internal/client/gen/banger/vmm/v1"
	"google.golang.org/grpc"
)

// Client has the services at the sockets of one folder. Each connects when it is first called.
type Client struct {
	VMs      vmmv1.VmServiceClient
	Images   imagedv1.ImageServiceClient
	Networks netdv1.NetworkServiceClient
	Names    dnsdv1.DnsServiceClient
	Services supervisorv1.SupervisorServiceClient

	connections map[string]*grpc.ClientConn
}

// RunDir is where the sockets are: as the banger command finds them, for this user.
func RunDir() string {
	if dir := os.Getenv("BANGER_RUN_DIR"); dir != "" {
		return dir
	}
	if os.Getuid() == 0 {
		return "/run/banger"
	}
	runtimeDir := os.Getenv("XDG_RUNTIME_DIR")
	if runtimeDir == "" {
		runtimeDir = "/run/user/" + strconv.Itoa(os.Getuid())
	}
	return filepath.Join(runtimeDir, "banger")
}

// New returns a client of the services in dir; of those in RunDir() when it is empty.
func New(dir string) (*Client, error) {
	if dir == "" {
		dir = RunDir()
	}
	client := &Client{connections: map[string]*grpc.ClientConn{}}
	for _, service := range []string{"vmm", "imaged", "netd", "dnsd", "supervisor"} {
		connection, err := Dial(dir, service)
		if err != nil {
			_ = client.Close()
			return nil, fmt.Errorf("cannot make a connection to %s: %w", service, err)
		}
		client.connections[service] = connection
	}
	client.VMs = vmmv1.NewVmServiceClient(client.connections["vmm"])
	client.Images = imagedv1.NewImageServiceClient(client.connections["imaged"])
	client.Networks = netdv1.NewNetworkServiceClient(client.connections["netd"])
	client.Names = dnsdv1.NewDnsServiceClient(client.connections["dnsd"])
	client.Services = supervisorv1.NewSupervisorServiceClient(client.connections["supervisor"])
	return client, nil
}

// Dial returns a connection to one service by its short name, such as "vmm": for clients that New does not make.
func Dial(dir, service string) (*grpc.ClientConn, error) {
	socket := filepath.Join(dir, service+".sock")
	toSocket := func(ctx context.Context, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	// The kernel tells the service who connects; there is nothing to encrypt.
	return grpc.Dial("passthrough:///localhost", grpc.WithInsecure(), grpc.WithContextDialer(toSocket))
}

// Close ends all connections, and the calls on them.
func (c *Client) Close() error {
	var failed error
	for _, connection := range c.connections {
		if err := connection.Close(); err != nil {
			failed = err
		}
	}
	return failed
}
