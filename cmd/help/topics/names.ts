/** `cubic help names` */

/** How instances are named. */
export function text(): string {
  return `
NAMES OF INSTANCES

A name has letters, digits and hyphens, starts with a letter, does not end with
a hyphen, and has 63 characters at most. It becomes the guest's host name.

  cubic create web --image debian     an instance called web
  cubic ssh web                       a shell as the user it was made with
  cubic ssh root@web                  as another user
  cubic scp notes.txt web:            into the home directory in it

Commands that take several names do as much as they can, tell what failed, and
fail once at the end. \`cubic instances -q\` prints the names alone:

  cubic stop $(cubic instances -q)
`;
}
