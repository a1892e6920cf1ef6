#!/bin/sh
# Boots the system of a folder: its own processes, mounts, network (loopback alone), host name and control groups.
# usage: boot.sh FOLDER NAME    the host's own programs until systemd takes over
set -eu
root=$1
name=$2

if [ "${3-}" != inside ]; then
  # Control groups of its own, which become the top of what it sees.
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*/; do
    [ -e "$hierarchy/cgroup.procs" ] || continue
    mkdir "$hierarchy/$name"
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$hierarchy/$name/$file" ] || cat "$hierarchy/$file" >"$hierarchy/$name/$file"
    done
    echo $$ >"$hierarchy/$name/cgroup.procs"
  done
  exec unshare --mount --pid --net --uts --ipc --cgroup --fork sh "$0" "$root" "$name" inside
fi

mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
# Settings of the kernel are the host's; those of its own network are its own.
mount --bind "$root/proc/sys/net" "$root/mnt"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount --move "$root/mnt" "$root/proc/sys/net"
mount -t sysfs sysfs "$root/sys"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  sed -n 's/^[1-9][0-9]*:\([^:]*\):.*/\1/p' /proc/self/cgroup | while read -r one; do
    options=$one
    [ "$one" != name=systemd ] || options=none,name=systemd
    folder=$root/sys/fs/cgroup/${one#name=}
    mkdir "$folder"
    mount -t cgroup -o "$options" cgroup "$folder"
  done
fi
# No device of the host's but those that are nobody's.
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
ip link set lo up
hostname "$name"
cd "$root"
pivot_root . mnt
umount -l /mnt
exec env -i container=octohost PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /sbin/init
