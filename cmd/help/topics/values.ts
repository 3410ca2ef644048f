/** `cubic help values` */

/** How sizes and durations are written. */
export function text(): string {
  return `
SIZES

  512M  4G  1.5G  1T   binary units: 1K is 1024 bytes; the unit is required

  cubic create web --image debian --memory 2G --disk 20G

A disk takes only what is written to it, whatever its size.

DURATIONS

  90  90s  5m  1h      seconds when there is no unit; 24h at most

  cubic start web --wait --timeout 5m

In --json sizes are bytes, durations milliseconds, times ISO 8601 in UTC.
`;
}
