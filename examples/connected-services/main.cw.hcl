# A database, a cache, an API and a worker. What one needs of another is a
# reference to it: that carries the value, and says what comes first.

resource "docker_network" "backend" {
  name = "connected"
}

resource "docker_volume" "db" {
  name         = "connected-db"
  force_remove = true # an example's data may go with it
}

resource "docker_container" "db" {
  description = "The database of the API"
  name        = "connected-db"
  image       = "postgres:16-alpine"
  ports       = [{ host = var.db_port, container = 5432, ip = "127.0.0.1" }]
  networks    = { (docker_network.backend.name) = {} }
  volumes     = ["${docker_volume.db.name}:/var/lib/postgresql/data"]
  env = {
    POSTGRES_USER     = "app"
    POSTGRES_PASSWORD = var.db_password
  }
  healthcheck = {
    test     = ["CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-U", "app"]
    interval = "1s"
    timeout  = "3s"
    retries  = 30
  }
  wait = {}
}

resource "docker_container" "cache" {
  description = "The cache of the API"
  name        = "connected-cache"
  image       = "redis:7-alpine"
  ports       = [{ host = var.cache_port, container = 6379, ip = "127.0.0.1" }]
  networks    = { (docker_network.backend.name) = {} }
  healthcheck = {
    test     = ["CMD", "redis-cli", "ping"]
    interval = "1s"
    timeout  = "3s"
    retries  = 10
  }
  wait           = {}
  remove_volumes = true # the image asks for one; a cache can lose it
}

locals {
  database = "${docker_container.db.name}:${docker_container.db.ports[0].container}"
  cache    = "${docker_container.cache.name}:${docker_container.cache.ports[0].container}"
}

resource "docker_container" "api" {
  description = "The API, played by a web server with one page"
  name        = "connected-api"
  image       = "nginx:alpine"
  ports       = [{ host = var.api_port, container = 80 }]
  networks    = { (docker_network.backend.name) = { aliases = ["api"] } }
  env = {
    DATABASE_HOST     = docker_container.db.name
    DATABASE_PORT     = docker_container.db.ports[0].container
    DATABASE_USER     = docker_container.db.env["POSTGRES_USER"]
    DATABASE_PASSWORD = var.db_password
    REDIS_HOST        = local.cache
  }
  upload = {
    "/usr/share/nginx/html/index.html" = {
      content = "I keep my data at ${local.database} and my cache at ${local.cache}.\n"
    }
  }
  healthcheck = {
    test     = ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/"]
    interval = "1s"
    timeout  = "3s"
    retries  = 10
  }
  wait = {}
}

resource "docker_container" "worker" {
  description  = "Asks the API for work, again and again"
  name         = "connected-worker"
  image        = "busybox:stable"
  networks     = { (docker_network.backend.name) = {} }
  command      = ["sh", "-c", "while true; do wget -q -O - $API_URL || echo no answer; sleep 2; done"]
  env          = { API_URL = "http://${docker_container.api.name}:${docker_container.api.ports[0].container}/" }
  restart      = "on-failure"
  stop_timeout = "1s"
  depends_on   = [docker_container.cache] # nothing above refers to it
}
