# VMs that Nomad places: each allocation is one VM, named after the job and its index, on whatever client it lands.
# The clients have banger, its daemon and the raw_exec driver, which runs as root.
job "web" {
  type = "service"

  group "vm" {
    count = 2

    # The names are the same on all hosts, the VMs are not: no two of them on one.
    constraint {
      operator = "distinct_hosts"
      value    = "true"
    }

    # A VM that fails is made anew; one that cannot stay up moves to another host.
    restart {
      attempts = 3
      interval = "10m"
      delay    = "5s"
      mode     = "fail"
    }

    task "web" {
      driver = "raw_exec"

      config {
        command = "/usr/bin/banger"
        args    = ["run", "debian", "--foreground", "--rm", "--name", "web-${NOMAD_ALLOC_INDEX}", "--memory", "512M", "--publish", "8080:80", "--stop-timeout", "20"]
      }

      # More than the guest has to stop in. What is killed all the same, vmm deletes.
      kill_signal  = "SIGTERM"
      kill_timeout = "30s"

      # What the VM takes, and what the process that holds it needs beside it.
      resources {
        cpu    = 1000
        memory = 640
      }
    }
  }
}
