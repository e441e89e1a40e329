// Command pause is the sandbox container's process: it holds a pod's namespaces and reaps orphans.
// The upstream program is C inside the Kubernetes tree and is not shipped as a module.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// As upstream's; kubeadm's upgrade tries a pod with it.
	if len(os.Args) > 1 && os.Args[1] == "-v" {
		fmt.Println("pause.c 3.10.1")
		return
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for s := range signals {
		if s != syscall.SIGCHLD {
			os.Exit(0)
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}
