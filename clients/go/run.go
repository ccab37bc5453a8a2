package banger

import (
	"bytes"
	"context"
	"fmt"
	"io"

	vmmv1 "banger.internal/client/gen/banger/vmm/v1"
)

// The contract takes up to 1 MiB at once.
const pieceBytes = 256 * 1024

// Completed is how a command ended, and what it wrote.
type Completed struct {
	ExitCode       int32
	Stdout, Stderr []byte
	TimedOut       bool
}

// Run runs a command in a VM to its end, and keeps its output in memory: for more than that call Exec itself. Its input is
// read to the end; nil is none. When ctx ends, so does the command.
func Run(ctx context.Context, vms vmmv1.VmServiceClient, command *vmmv1.ExecCommand, stdin io.Reader) (*Completed, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := vms.Exec(ctx)
	if err != nil {
		return nil, err
	}
	first := &vmmv1.ExecRequest{Request: &vmmv1.ExecRequest_Command{Command: command}}
	// Why a send failed is told by the next receive.
	if err := stream.Send(first); err != nil && err != io.EOF {
		return nil, err
	}
	fed := make(chan error, 1)
	go func() {
		err := feed(stream, stdin)
		if err != nil {
			cancel()
		}
		fed <- err
	}()
	completed, err := collect(stream, command.GetName())
	if err != nil {
		select {
		case cause := <-fed:
			if cause != nil {
				return nil, cause
			}
		default:
		}
		return nil, err
	}
	return completed, nil
}

func feed(stream vmmv1.VmService_ExecClient, stdin io.Reader) error {
	piece := make([]byte, pieceBytes)
	for stdin != nil {
		count, err := stdin.Read(piece)
		if count > 0 {
			// A command may end before it has read everything.
			if stream.Send(&vmmv1.ExecRequest{Request: &vmmv1.ExecRequest_Stdin{Stdin: piece[:count]}}) != nil {
				return nil
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("cannot read the input of the command: %w", err)
		}
	}
	_ = stream.CloseSend()
	return nil
}

func collect(stream vmmv1.VmService_ExecClient, name string) (*Completed, error) {
	var stdout, stderr bytes.Buffer
	for {
		response, err := stream.Recv()
		if err == io.EOF {
			return nil, fmt.Errorf("the command in %s ended without saying how", name)
		}
		if err != nil {
			return nil, err
		}
		stdout.Write(response.GetStdout())
		stderr.Write(response.GetStderr())
		if exited := response.GetExited(); exited != nil {
			return &Completed{exited.GetExitCode(), stdout.Bytes(), stderr.Bytes(), exited.GetTimedOut()}, nil
		}
	}
}
