package dev.tandem.store.raft.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * This machine's disk as a member has it, which stands still or takes its time when a test says so: nothing becomes durable, while
 * files are written and read as ever, as with a disk behind a cache. Safe for use by several threads.
 */
public final class SlowDisk {
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile long forceNanos;
    private final AtomicInteger waiting = new AtomicInteger();

    /** Opens a folder on this disk, as {@link DataFolder#open} does. */
    public DataFolder open(
            Path folder,
            String cluster,
            int groups,
            Durability durability,
            LogSettings settings,
            Consumer<IOException> onFailure)
            throws IOException {
        return DataFolder.open(new Slowed(new RealDisk(durability)), folder, cluster, groups, settings, onFailure);
    }

    /** Stands still until {@link #goOn}. */
    public void stop() {
        gate = new CountDownLatch(1);
    }

    public void goOn() {
        gate.countDown();
    }

    /** How much longer it takes from now on until something is durable. */
    public void slowDown(Duration each) {
        forceNanos = each.toNanos();
    }

    /** How many threads wait for it to go on. */
    public int waiting() {
        return waiting.get();
    }

    private void takeTime() {
        long until = System.nanoTime() + forceNanos;
        for (long left = forceNanos; left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        waiting.incrementAndGet();
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            waiting.decrementAndGet();
        }
    }

    private final class Slowed implements Disk {
        private final Disk disk;

        Slowed(Disk disk) {
            this.disk = disk;
        }

        @Override
        public List<String> list(Path folder) throws IOException {
            return disk.list(folder);
        }

        @Override
        public boolean exists(Path path) throws IOException {
            return disk.exists(path);
        }

        @Override
        public void makeFolder(Path folder) throws IOException {
            disk.makeFolder(folder);
        }

        @Override
        public Appender create(Path file) throws IOException {
            return new SlowedAppender(disk.create(file));
        }

        @Override
        public Appender appendFrom(Path file, long length) throws IOException {
            return new SlowedAppender(disk.appendFrom(file, length));
        }

        @Override
        public Reader read(Path file) throws IOException {
            return disk.read(file);
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            disk.rename(from, to);
        }

        @Override
        public void delete(Path file) throws IOException {
            disk.delete(file);
        }

        @Override
        public void syncFolder(Path folder) throws IOException {
            takeTime();
            disk.syncFolder(folder);
        }
    }

    private final class SlowedAppender implements Disk.Appender {
        private final Disk.Appender file;

        SlowedAppender(Disk.Appender file) {
            this.file = file;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            file.write(bytes);
        }

        @Override
        public void force() throws IOException {
            takeTime();
            file.force();
        }

        @Override
        public long length() {
            return file.length();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
