clockwork {
  required_version = ">= 0.1"
  required_providers {
    docker = { source = "clockwork/docker" }
  }
  completion {
    model = "x"
  }
}

provider "docker" {
  host = var.host
}

provider "docker" {
  alias = "eu"
  host  = "tcp://eu"
}

variable "host" {
  description = "where"
  type        = string
  default     = "unix:///var/run/docker.sock"
  validation {
    condition     = startswith(var.host, "unix:") || var.other != null
    error_message = "Use a socket, not ${var.host}."
  }
}

variable "other" {
  type = object({
    name  = string
    ports = optional(list(number), [80])
    inner = optional(object({ a = optional(string, "x") }), {})
  })
  default   = null
  sensitive = true
}

variable "strict" {
  type     = map(any)
  nullable = false
  default  = {}
}

locals {
  names = toset(["a", "b"])
  here  = "${path.module}/${path.root}/${path.cwd} ${clockwork.project} ${clockwork.version}"
}

data "file" "in" {
  path = "in.txt"
  lifecycle {
    enabled = true
    postcondition {
      condition     = self.content != ""
      error_message = "It is empty."
    }
  }
}

resource "docker_network" "app" {
  name = "app"
}

resource "docker_container" "web" {
  description = "web for ${each.key}"
  for_each    = local.names
  provider    = docker.eu
  name        = "web-${each.key}"
  image       = "nginx"
  networks    = { (docker_network.app.name) = {} }
  depends_on  = [docker_network.app, data.file.in, module.child]

  dynamic "mount" {
    for_each = { a = each.value }
    iterator = m
    labels   = [m.key]
    content {
      source = m.value
      dynamic "option" {
        for_each = m.value
        content {
          name = option.key
          path = "${m.key}-${each.key}"
        }
      }
    }
  }

  monitor {
    interval    = each.key == "a" ? "30s" : "1m"
    remediation = remediation.default
    enabled     = var.host != ""
  }

  lifecycle {
    prevent_destroy       = each.key == "a"
    create_before_destroy = true
    enabled               = var.host != ""
    ignore_changes        = [image, networks["x"], env.A]
    replace_triggered_by  = [file.index, file.index.sha256, file.many[each.key]]
    precondition {
      condition     = var.host != ""
      error_message = "No host."
    }
    postcondition {
      condition     = self.name != "" && each.key != ""
      error_message = "No name."
    }
  }
}

resource "file" "index" {
  path    = "index.html"
  content = join(",", [for k, v in docker_container.web : "${k}=${v.name}"])
  lifecycle {
    ignore_changes = all
  }
}

resource "file" "many" {
  count   = 2
  path    = "many${count.index}"
  content = docker_container.web["a"].name
}

module "child" {
  source     = "./child"
  for_each   = local.names
  name       = each.key
  depends_on = [docker_network.app]
  providers = {
    docker    = docker
    docker.eu = docker.eu
  }
}

assert "container_running" "web" {
  for_each          = local.names
  target            = docker_container.web[each.key]
  interval          = "10s"
  timeout           = "1s"
  failure_threshold = 2
  success_threshold = 1
  start_grace       = "5s"
  severity          = "warning"
  remediate         = false
}

assert "condition" "sane" {
  condition     = length(file.many[*].path) == 2
  error_message = "Not sane."
}

remediation "default" {
  mode           = "auto"
  ladder         = ["restart"]
  attempts       = 3
  window         = "30m"
  verify         = "10s"
  backoff        = { initial = "1s" }
  on_manual_stop = "hold"
  ai {
    allow       = ["docker_container.*.memory"]
    bounds      = { memory = { min = "64MiB", max = "2GiB" } }
    images      = ["nginx"]
    max_changes = 2
    budget      = { calls_per_hour = 10 }
    send        = ["status"]
  }
  notify {
    webhook = "https://${var.host}"
    secret  = "x"
    headers = { X-From = "clockwork" }
  }
  notify {
    name    = "pager"
    command = ["page", "me"]
    on      = ["escalated"]
  }
  notify {
    smtp = { host = "mail", from = "a@b", to = "c@d" }
  }
}

remediation "unused" {
}

moved {
  from = file.old
  to   = module.child["a"].file.index
}

moved {
  from = module.a
  to   = module.b["x"]
}

removed {
  from = file.gone
  lifecycle {
    destroy = false
  }
}

output "names" {
  description = "the names"
  value       = module.child["a"].name
  sensitive   = true
  depends_on  = [file.index]
  precondition {
    condition     = local.here != ""
    error_message = "Nowhere."
  }
}

output "modules" {
  value = [for m in module.child : m.name]
}
