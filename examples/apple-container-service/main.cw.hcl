# A web page, served by nginx in a container of Apple's `container` command. It
# takes a Mac; see README.md.

variable "web_port" {
  description = "The port of this Mac that the page is served on."
  type        = number
  default     = 8080
}

resource "directory" "site" {
  path = "site"
}

resource "file" "index" {
  path    = "${directory.site.path}/index.html"
  content = "<h1>It works.</h1>\n"
}

resource "applecontainer_container" "web" {
  description = "The web server of the page."

  name   = "hello-web"
  image  = "nginx:1.29-alpine"
  cpus   = 1
  memory = "256MiB"

  ports   = [{ ip = "127.0.0.1", host = var.web_port, container = 80 }]
  volumes = [{ source = directory.site.abs_path, target = "/usr/share/nginx/html", read_only = true }]

  depends_on = [file.index]
}

assert "container_running" "web" {
  target = applecontainer_container.web
}

assert "healthcheck" "web" {
  target = applecontainer_container.web
  url    = "http://127.0.0.1:${var.web_port}/"
  body   = "It works"
}

output "url" {
  value = "http://127.0.0.1:${var.web_port}/"
}
