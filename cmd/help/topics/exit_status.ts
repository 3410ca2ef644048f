/** `cubic help exit-status` */

/** What the program returns. */
export function text(): string {
  return `
EXIT STATUS

  0    done
  1    failure: the network, a full disk, a guest that did not answer in time
  2    the command line can't be read, or a value in it is wrong
  3    there is no such instance, image, distribution or file
  4    wrong state: stopped, running, broken, protected, in use, or locked by
       another cubic
  5    this host is not ready: QEMU, firmware or a tool is missing;
       \`cubic doctor\` tells what
  130  interrupted with Ctrl-C

\`cubic exec\` and \`cubic ssh\` return the status of what ran in the guest: 128 and
the number of the signal when one ended it, 255 when there was no connection.

  cubic exec web -- test -e /etc/hosts || echo missing
`;
}
