remediation "gentle" {
}
module "m" {
  source = "./m"
}
