assert "container_healthy" "db" {
  target = docker_container.db
}

assert "port_accessible" "db" {
  target = docker_container.db
  port   = docker_container.db.ports[0].host
}

assert "container_healthy" "cache" {
  target = docker_container.cache
}

assert "healthcheck" "api" {
  target = docker_container.api
  url    = "http://localhost:${docker_container.api.ports[0].host}"
  body   = docker_container.cache.name
}

assert "container_running" "worker" {
  target = docker_container.worker
}

assert "log_contains" "worker" {
  target = docker_container.worker
  regex  = "my data at ${docker_container.db.name}"
}

output "api" {
  description = "Where the API answers."
  value       = "http://localhost:${docker_container.api.ports[0].host}"
}
