/** `cubic help port-rules` */

/** How ports are forwarded. */
export function text(): string {
  return `
FORWARDING PORTS

  [HOST_IP:]HOST_PORT:GUEST_PORT[/tcp|/udp]

  8080:80              port 8080 of this host leads to port 80 of the guest
  0.0.0.0:8080:80      also for other machines; 127.0.0.1 when left out
  5353:53/udp          UDP; TCP when left out
  8000-8010:8000-8010  a range, of the same length on both sides

  cubic create web --image debian -p 8080:80 -p 8443:443

Ports below 1024 need rights that cubic does not have. The guest reaches this
host at 10.0.2.2; with --isolate it reaches nothing, but its forwarded ports
still answer.
`;
}
