# The settings of a web server, written out for every site from one variable,
# and a page whose content a model writes. Needs a folder to write to, and a model
# or a line of your own: see file.welcome.

resource "directory" "conf" {
  path = "${var.folder}/sites"
}

resource "file_template" "site" {
  for_each = var.sites

  description = "How the web server serves ${each.key}."
  path        = "${directory.conf.path}/${each.key}.conf"
  template    = file("${path.module}/site.conf.tmpl")
  vars = {
    name    = each.key
    port    = each.value.port
    aliases = each.value.aliases
  }
}

resource "file" "index" {
  description = "All sites, for programs to read."
  path        = "${var.folder}/sites.json"
  content     = "${jsonencode({ for name, site in var.sites : name => site.port })}\n"
}

resource "file" "secrets" {
  path              = "${var.folder}/secrets.env"
  sensitive_content = "API_TOKEN=${var.token}\n"
  mode              = "0600"
}

# It has no content, so a model completes it from the description when it is first
# planned. Write one, such as content = "Welcome!", and nobody is asked.
resource "file" "welcome" {
  description = "A short HTML page that welcomes visitors to a web server on which nothing is set up yet"
  path        = "${var.folder}/welcome.html"
}

resource "file" "check" {
  path    = "${var.folder}/check.sh"
  mode    = "0755"
  content = <<-EOT
    #!/bin/sh
    # Lists what is served.
    grep -h server_name ${directory.conf.path}/*.conf
  EOT
}
