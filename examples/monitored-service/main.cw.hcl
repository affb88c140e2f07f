# Redis, and nginx in front of it, in a network of their own; and what must hold
# as long as they are there.

variable "redis_port" {
  description = "The port of this machine that Redis is published on."
  type        = number
  default     = 6380
}

variable "web_port" {
  description = "The port of this machine that nginx is published on."
  type        = number
  default     = 8081
}

resource "docker_network" "app" {
  name = "monitored"
}

resource "docker_container" "redis" {
  description = "Redis, where nginx's pages are cached"
  name        = "redis-monitored"
  image       = "redis:7-alpine"
  ports       = [{ host = var.redis_port, container = 6379 }]
  networks    = { (docker_network.app.name) = { aliases = ["redis"] } }

  # Redis's image asks for a volume without a name: it need not outlive this.
  remove_volumes = true

  monitor {
    interval = "30s"
  }
}

resource "docker_container" "nginx" {
  description = "Nginx web server in front of redis"
  name        = "nginx-monitored"
  image       = "nginx:alpine"
  ports       = [{ host = var.web_port, container = 80 }]
  networks    = { (docker_network.app.name) = {} }
  depends_on  = [docker_container.redis]

  monitor {
    interval = "30s"
  }
}

assert "container_running" "redis" {
  target = docker_container.redis
}

assert "port_accessible" "redis" {
  target = docker_container.redis
  port   = var.redis_port
}

assert "container_running" "nginx" {
  target = docker_container.nginx
}

assert "port_accessible" "nginx" {
  target = docker_container.nginx
  port   = var.web_port
}

assert "healthcheck" "nginx" {
  target          = docker_container.nginx
  url             = "http://localhost:${var.web_port}"
  expected_status = 200
  timeout         = "5s"
}

# What to try when one of these does not hold. Where a model is configured, it may
# propose another network for a container, and nothing else.
remediation "default" {
  ladder   = ["restart", "recreate", "ai"]
  attempts = 2
  verify   = "8s"

  ai {
    allow = ["docker_container.*.networks"]
    send  = ["status", "exit_code", "logs", "networks"]
  }
}

output "url" {
  value = "http://localhost:${var.web_port}"
}
