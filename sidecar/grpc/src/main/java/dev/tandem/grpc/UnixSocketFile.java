package dev.tandem.grpc;

import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/** The file behind a unix socket: cleared of what a dead process left, kept to its owner, removed at the end. */
final class UnixSocketFile {
    /** The longest path that a socket's address has room for on Linux and macOS, in bytes. */
    private static final int PATH_BYTES_MAX = 103;

    private UnixSocketFile() {}

    /**
     * Makes way for a socket. Blocks.
     *
     * @throws IOException with a sentence for people if a live process has it, it is no socket, or it can't be made
     */
    static void prepare(Path path) throws IOException {
        int bytes = path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        if (bytes > PATH_BYTES_MAX) {
            throw new IOException("the path of a unix socket may have " + PATH_BYTES_MAX + " bytes, and " + path
                    + " has " + bytes + ": choose a shorter one");
        }
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new IOException("there is no directory " + parent + " for the unix socket: make it first");
        }
        if (!Files.isWritable(parent)) {
            throw new IOException("can't write to the directory " + parent + " of the unix socket");
        }
        BasicFileAttributes now;
        try {
            now = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return;
        }
        if (!now.isOther()) {
            throw new IOException(path + " is there already and is no socket: choose another path, or remove it");
        }
        if (isLive(path)) {
            throw new BindException(
                    "another process listens on the unix socket " + path + ": stop it, or choose another path");
        }
        Files.deleteIfExists(path);
    }

    private static boolean isLive(Path path) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            return false;
        }
    }

    /** Lets only the owner connect. Blocks. */
    static void restrict(Path path) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    }

    /** Removes the socket of a server that has closed. Blocks. */
    static void remove(Path path) throws IOException {
        Files.deleteIfExists(path);
    }
}
