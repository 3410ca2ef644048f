/** `cubic help transfer` */

/** How files are copied. */
export function text(): string {
  return `
COPYING FILES

  cubic scp SOURCE... TARGET

  notes.txt            a path of this host
  web:notes.txt        a path in an instance, from the home directory
  root@web:/etc/hosts  as another user
  web:                 the home directory
  ./a:b                a path of this host with a colon
  -                    standard input or output

  cubic scp -r src web:/srv/          a directory, merged with what is there
  cubic scp 'web:/var/log/*.log' .    the guest's files that match
  cubic scp web:a db:b                from one instance to another

A file is written beside its target and renamed when all of it is there: it has
its old content or all of the new. Large files go to a running guest as a disk,
trees as one stream, the others by scp or sftp; --route chooses by hand.
`;
}
