package dev.tandem.store.raft.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** The disk of this machine. */
final class RealDisk implements Disk {
    private final boolean force;

    RealDisk(Durability durability) {
        force = durability == Durability.FSYNC;
    }

    @Override
    public List<String> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path);
    }

    @Override
    public void makeFolder(Path folder) throws IOException {
        Files.createDirectory(folder);
    }

    @Override
    public Appender create(Path file) throws IOException {
        return new ChannelAppender(
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), 0, force);
    }

    @Override
    public Appender appendFrom(Path file, long length) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        try {
            if (channel.size() > length) {
                channel.truncate(length);
                if (force) {
                    channel.force(true);
                }
            }
            return new ChannelAppender(channel.position(length), length, force);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public Reader read(Path file) throws IOException {
        return new ChannelReader(FileChannel.open(file, StandardOpenOption.READ));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void syncFolder(Path folder) throws IOException {
        if (force) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static final class ChannelAppender implements Appender {
        private final FileChannel channel;
        private final boolean force;
        private long length;

        ChannelAppender(FileChannel channel, long length, boolean force) {
            this.channel = channel;
            this.length = length;
            this.force = force;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                length += channel.write(bytes);
            }
        }

        @Override
        public void force() throws IOException {
            if (force) {
                channel.force(false);
            }
        }

        @Override
        public long length() {
            return length;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    private static final class ChannelReader implements Reader {
        private final FileChannel channel;
        private final long length;

        ChannelReader(FileChannel channel) throws IOException {
            this.channel = channel;
            this.length = channel.size();
        }

        @Override
        public long length() {
            return length;
        }

        @Override
        public void read(ByteBuffer into, long position) throws IOException {
            long from = position;
            while (into.hasRemaining()) {
                int read = channel.read(into, from);
                if (read < 0) {
                    return;
                }
                from += read;
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
