# One container with all that a service usually has: data that outlives it, a
# port, a health check, limits, and an apply that waits until it is healthy. Its
# image is what a model makes of the description.

variable "port" {
  description = "The port of this machine that Redis is published on."
  type        = number
  default     = 6381
}

variable "memory" {
  description = "The memory that Redis may use."
  type        = string
  default     = "128MiB"
}

resource "docker_volume" "data" {
  name = "redis-service-data"
}

resource "docker_container" "redis" {
  # There is no image, so a model completes it when this is first planned. Write
  # image = "redis:7-alpine", and nobody is asked.
  description = "Redis 7, the small variant: it keeps what it is told"
  name        = "redis-service"
  ports       = [{ host = var.port, container = 6379, ip = "127.0.0.1" }]
  volumes     = ["${docker_volume.data.name}:/data"]
  restart     = "unless-stopped"
  memory      = var.memory

  healthcheck = {
    test     = ["CMD", "redis-cli", "ping"]
    interval = "1s"
    timeout  = "3s"
    retries  = 3
  }
  wait = { timeout = "30s" }
}

assert "container_healthy" "redis" {
  target = docker_container.redis
}

assert "port_accessible" "redis" {
  target = docker_container.redis
  host   = "127.0.0.1"
  port   = docker_container.redis.ports[0].host
}

output "address" {
  description = "Where Redis answers."
  value       = "127.0.0.1:${docker_container.redis.ports[0].host}"
}
