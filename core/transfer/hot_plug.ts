/** What the block route needs of a machine: a file of the host shown to its guest as a disk. */

/** A disk to show. */
export interface HotPlugFile {
  /** Absolute path on the host. */
  readonly path: string;
  readonly readOnly: boolean;
  /** What the guest finds it by, 20 bytes at most. */
  readonly serial: string;
}

/** A disk in the guest. */
export interface HotPluggedDisk {
  /** Bytes that the guest has read and written so far. */
  moved(): Promise<number>;
  /** Takes it out; throws CubicError when the guest does not let go of it. */
  unplug(): Promise<void>;
}

/** A guest's machine. */
export interface GuestDisks extends HotPlug {
  /** It runs without acceleration: the network is so slow that a disk is worth it for much smaller files. */
  readonly emulated: boolean;
}

/** A machine that takes disks while it runs. */
export interface HotPlug {
  /** Plugs a file in; throws CubicError when that can't be done, and has changed nothing then. */
  plug(file: HotPlugFile): Promise<HotPluggedDisk>;
}
