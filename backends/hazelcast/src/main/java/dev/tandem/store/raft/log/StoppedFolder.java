package dev.tandem.store.raft.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The data folder of a member that does not run, to be read. Nothing in it is changed: what a crash left half-written stays
 * where it is, and does not count. So it may be on a disk that is mounted for reading only.
 *
 * <p>As long as it is open, no member on this machine can start with it. A member on another machine that has the same file system
 * mounted is not noticed. Used by one thread.
 */
public final class StoppedFolder implements Closeable {
    private final Disk disk;
    private final Path path;
    private final FolderIdentity identity;
    private final @Nullable FolderLock lock;

    private StoppedFolder(Disk disk, Path path, FolderIdentity identity, @Nullable FolderLock lock) {
        this.disk = disk;
        this.path = path;
        this.identity = identity;
        this.lock = lock;
    }

    /**
     * Opens a folder.
     *
     * @throws DataFolderException if a member uses it, or it is not a member's or not to be read, with a sentence that says so
     */
    public static StoppedFolder open(Path folder) throws IOException {
        Path absolute = folder.toAbsolutePath().normalize();
        try {
            if (!Files.isDirectory(absolute)) {
                throw notOne(absolute, Files.exists(absolute) ? "is not a folder" : "does not exist");
            }
            Path real = absolute.toRealPath();
            Disk disk = new RealDisk(Durability.NONE);
            Path meta = real.resolve(DataFolder.META);
            if (!disk.exists(meta)) {
                throw notOne(real, "has no file " + DataFolder.META + " and is not a member's data folder");
            }
            FolderLock lock = FolderLock.share(real);
            boolean opened = false;
            try {
                StoppedFolder found = new StoppedFolder(disk, real, FolderIdentity.read(disk, meta), lock);
                opened = true;
                return found;
            } finally {
                if (!opened && lock != null) {
                    lock.close();
                }
            }
        } catch (IOException e) {
            throw DiskFailures.explain(absolute, e);
        }
    }

    private static DataFolderException notOne(Path folder, String why) {
        return new DataFolderException(folder + " " + why + ". Name the folder that the member was started with");
    }

    /** Where it is: absolute, and without links. */
    public Path path() {
        return path;
    }

    public FolderIdentity identity() {
        return identity;
    }

    /**
     * Reads what there is of every group.
     *
     * @throws DataFolderException if any of it is damaged, missing or newer
     */
    public List<RecoveredGroup> groups() throws IOException {
        try {
            List<RecoveredGroup> found = new ArrayList<>();
            for (String name : DataFolder.groups(disk, path)) {
                RecoveredGroup group = RecoveredGroup.read(disk, path, name);
                if (group != null) {
                    found.add(group);
                }
            }
            return found;
        } catch (IOException e) {
            throw DiskFailures.explain(path, e);
        }
    }

    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }
}
