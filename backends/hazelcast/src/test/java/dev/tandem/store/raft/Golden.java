package dev.tandem.store.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Bytes that every later version writes the same, in files. {@code -Dtandem.golden=write} writes those that are missing, never one that
 * is there: to change one, delete it first, which is right only before anything with it was released.
 */
public final class Golden {
    private static final Path FOLDER = Path.of("src/test/resources/golden");
    private static final int LINE = 64;

    private Golden() {}

    /** Compares what was written with the golden bytes, and gives those. */
    public static byte[] check(String folder, String name, byte[] written) throws IOException {
        Path file = FOLDER.resolve(folder).resolve(name + ".hex");
        if ("write".equals(System.getProperty("tandem.golden")) && Files.notExists(file)) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, hex(written));
        }
        assertThat(file).as("write it with -Dtandem.golden=write").exists();
        assertThat(hex(written)).as("bytes of %s", name).isEqualTo(Files.readString(file));
        return HexFormat.of().parseHex(Files.readString(file).replaceAll("\\s", ""));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes).replaceAll("(.{" + LINE + "})(?=.)", "$1\n") + "\n";
    }
}
