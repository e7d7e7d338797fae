package dev.tandem.store.raft.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Whose data folder it is.
 *
 * @param cluster the cluster's name
 * @param groups how many groups the tasks are spread over
 * @param folder a random name for the folder itself, from when it was made
 */
public record FolderIdentity(String cluster, int groups, UUID folder) {

    byte[] encoded() {
        return String.format(Locale.ROOT, "cluster=%s%ngroups=%d%nfolder=%s%n", cluster, groups, folder)
                .replace("\r", "")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** @throws DataFolderException if it is damaged or newer */
    static FolderIdentity read(Disk disk, Path file) throws IOException {
        FolderIdentity found = decoded(ValueFile.read(disk, file));
        if (found == null) {
            throw SnapshotFile.damaged(file, 0);
        }
        return found;
    }

    /** Null if it can't be read. */
    private static @Nullable FolderIdentity decoded(byte[] bytes) {
        Map<String, String> values = new HashMap<>();
        for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        String cluster = values.get("cluster");
        String groups = values.get("groups");
        String folder = values.get("folder");
        if (cluster == null || groups == null || folder == null) {
            return null;
        }
        try {
            return new FolderIdentity(cluster, Integer.parseInt(groups), UUID.fromString(folder));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
