package dev.tandem.store.raft.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A disk in memory whose power can be cut at any step, and that then keeps no more than it has promised: of what was not
 * forced, some of a file's bytes, in pieces; of what was done to a folder since it was synced, the first few changes.
 */
final class SimulatedDisk implements Disk {
    private static final int PIECE_BYTES = 64;

    private final Random random;
    private Map<Path, Folder> folders = new HashMap<>();
    private int stepsLeft = Integer.MAX_VALUE;
    private boolean cutThePower;

    /** Planted: says that files, or folders, are durable, and does nothing. */
    boolean forgetsFiles;

    boolean forgetsFolders;

    /** How often something was forced. */
    int forces;

    SimulatedDisk(Random random) {
        this.random = random;
    }

    /** The power is gone. */
    static final class PowerCut extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final class File {
        byte[] bytes = {};
        byte[] forced = {};

        /** Where the last write began. */
        int lastWrite;
    }

    private static final class Folder {
        Map<String, File> names = new TreeMap<>();
        Map<String, File> synced = new TreeMap<>();

        /** What the folder was after each change since it was synced. */
        final List<Map<String, File>> changes = new ArrayList<>();

        void changed() {
            changes.add(new TreeMap<>(names));
        }
    }

    /** The power goes, or the disk fails, at the {@code steps}-th step from now. */
    void failAfter(int steps, boolean powerCut) {
        stepsLeft = steps;
        cutThePower = powerCut;
    }

    private void step() throws IOException {
        if (--stepsLeft < 0) {
            if (cutThePower) {
                throw new PowerCut();
            }
            throw new IOException("No space left on device");
        }
    }

    /** The power comes back: what there is now. */
    void restart() {
        stepsLeft = Integer.MAX_VALUE;
        for (Folder folder : folders.values()) {
            int kept = random.nextInt(folder.changes.size() + 1);
            folder.names = new TreeMap<>(kept == 0 ? folder.synced : folder.changes.get(kept - 1));
            folder.synced = new TreeMap<>(folder.names);
            folder.changes.clear();
            folder.names.values().forEach(this::loseSome);
        }
    }

    /** The process is started again, and the machine has been up. */
    void goOn() {
        stepsLeft = Integer.MAX_VALUE;
    }

    private void loseSome(File file) {
        byte[] written = file.bytes;
        byte[] kept = Arrays.copyOf(file.forced, file.forced.length);
        if (written.length > kept.length && random.nextInt(4) > 0) {
            int from = kept.length;
            kept = Arrays.copyOf(kept, from + random.nextInt(written.length - from + 1));
            for (int at = from; at < kept.length; at += PIECE_BYTES) {
                if (random.nextInt(4) > 0) {
                    System.arraycopy(written, at, kept, at, Math.min(PIECE_BYTES, kept.length - at));
                }
            }
        }
        file.bytes = kept;
        file.forced = kept.clone();
    }

    /** Changes one bit of a file. Returns whether it was in what was written last. */
    boolean flip(Path file) {
        File flipped = file(file);
        int at = random.nextInt(flipped.bytes.length);
        flipped.bytes[at] ^= (byte) (1 << random.nextInt(8));
        flipped.forced = flipped.bytes.clone();
        return at >= flipped.lastWrite;
    }

    byte[] bytes(Path file) {
        return file(file).bytes.clone();
    }

    void put(Path file, byte[] bytes) {
        File put = file(file);
        put.bytes = bytes.clone();
        put.forced = bytes.clone();
    }

    /** All of it, as it is now. */
    SimulatedDisk copy() {
        SimulatedDisk copy = new SimulatedDisk(random);
        folders.forEach((path, folder) -> {
            Folder to = new Folder();
            folder.names.forEach((name, file) -> {
                File clone = new File();
                clone.bytes = file.bytes.clone();
                clone.forced = file.bytes.clone();
                clone.lastWrite = file.lastWrite;
                to.names.put(name, clone);
            });
            to.synced = new TreeMap<>(to.names);
            copy.folders.put(path, to);
        });
        return copy;
    }

    private Folder folder(Path path) {
        Folder folder = folders.get(path);
        if (folder == null) {
            throw new IllegalArgumentException("no folder " + path);
        }
        return folder;
    }

    private File file(Path path) {
        File file = folder(path.getParent()).names.get(path.getFileName().toString());
        if (file == null) {
            throw new IllegalArgumentException("no file " + path);
        }
        return file;
    }

    @Override
    public List<String> list(Path folder) {
        return List.copyOf(folder(folder).names.keySet());
    }

    @Override
    public boolean exists(Path path) {
        Folder parent = folders.get(path.getParent());
        return folders.containsKey(path)
                || (parent != null
                        && parent.names.containsKey(path.getFileName().toString()));
    }

    @Override
    public void makeFolder(Path folder) {
        folders.put(folder, new Folder());
    }

    @Override
    public Appender create(Path path) throws IOException {
        step();
        Folder folder = folder(path.getParent());
        File file = new File();
        if (folder.names.putIfAbsent(path.getFileName().toString(), file) != null) {
            throw new IOException(path + " exists");
        }
        folder.changed();
        return new SimulatedAppender(file);
    }

    @Override
    public Appender appendFrom(Path path, long length) throws IOException {
        step();
        File file = file(path);
        file.bytes = Arrays.copyOf(file.bytes, (int) length);
        file.forced = file.bytes.clone();
        return new SimulatedAppender(file);
    }

    @Override
    public Reader read(Path path) {
        byte[] bytes = file(path).bytes;
        return new Reader() {
            @Override
            public long length() {
                return bytes.length;
            }

            @Override
            public void read(ByteBuffer into, long position) {
                into.put(bytes, (int) position, Math.min(into.remaining(), bytes.length - (int) position));
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        step();
        Folder folder = folder(from.getParent());
        folder.names.put(
                to.getFileName().toString(),
                folder.names.remove(from.getFileName().toString()));
        folder.changed();
    }

    @Override
    public void delete(Path path) throws IOException {
        step();
        Folder folder = folder(path.getParent());
        if (folder.names.remove(path.getFileName().toString()) != null) {
            folder.changed();
        }
    }

    @Override
    public void syncFolder(Path path) throws IOException {
        step();
        forces++;
        if (forgetsFolders) {
            return;
        }
        Folder folder = folder(path);
        folder.synced = new TreeMap<>(folder.names);
        folder.changes.clear();
    }

    private final class SimulatedAppender implements Appender {
        private final File file;

        SimulatedAppender(File file) {
            this.file = file;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            int length = bytes.remaining();
            int at = file.bytes.length;
            byte[] more = Arrays.copyOf(file.bytes, at + length);
            bytes.get(more, at, length);
            try {
                step();
            } catch (IOException | PowerCut e) {
                // Some of it may have come through.
                file.bytes = Arrays.copyOf(more, at + random.nextInt(length + 1));
                throw e;
            }
            file.lastWrite = at;
            file.bytes = more;
        }

        @Override
        public void force() throws IOException {
            step();
            forces++;
            if (!forgetsFiles) {
                file.forced = file.bytes.clone();
            }
        }

        @Override
        public long length() {
            return file.bytes.length;
        }

        @Override
        public void close() {}
    }
}
