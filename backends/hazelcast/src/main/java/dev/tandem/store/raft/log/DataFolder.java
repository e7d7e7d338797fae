package dev.tandem.store.raft.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that a member keeps: whose it is, a few small values, and a {@link GroupLog} for each of its groups. One process has it
 * at a time.
 *
 * <pre>
 * LOCK          held as long as the folder is open
 * meta          whose it is
 * groups        which groups there are
 * value-NAME    small values of the caller's
 * group-..      a folder for each group: log-NUMBER, snapshot-INDEX
 * </pre>
 *
 * Values and groups may be used by several threads, a group's log by one.
 */
public final class DataFolder implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(DataFolder.class);
    static final String META = "meta";
    private static final String GROUPS = "groups";
    private static final String VALUE = "value-";

    /** What may be in a folder that is new: what a fresh file system brings, and what a start that failed has left. */
    private static final Set<String> HARMLESS = Set.of("LOCK", "lost+found", META + SnapshotFile.UNFINISHED);

    /** How long closing waits for a state that is being written; it does no harm if it is not finished. */
    private static final long CLOSE_SECONDS_MAX = 10;

    private final Disk disk;
    private final Path folder;
    private final LogSettings settings;
    private final FolderIdentity identity;
    private final Consumer<IOException> onFailure;
    private final @Nullable FolderLock lock;
    private final ExecutorService background;
    private final Set<String> groups = new TreeSet<>();

    private DataFolder(
            Disk disk,
            Path folder,
            LogSettings settings,
            FolderIdentity identity,
            Consumer<IOException> onFailure,
            @Nullable FolderLock lock) {
        this.disk = disk;
        this.folder = folder;
        this.settings = settings;
        this.identity = identity;
        this.onFailure = onFailure;
        this.lock = lock;
        // A group has one state under way at most, so the queue is as long as there are groups.
        background = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "tandem-raft-snapshots");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Opens a folder, or makes it. Its parent has to exist.
     *
     * @param cluster the cluster's name, which the folder keeps
     * @param groups how many groups there are, which the folder keeps
     * @param onFailure is told, on any thread, when something could not be written; the member has to stop
     * @throws DataFolderException if the folder is not to be used, with a sentence that says why
     */
    public static DataFolder open(
            Path folder,
            String cluster,
            int groups,
            Durability durability,
            LogSettings settings,
            Consumer<IOException> onFailure)
            throws IOException {
        return open(new RealDisk(durability), folder, cluster, groups, settings, onFailure);
    }

    /** On a disk that does to this machine's files what {@link RealDisk} does, in its own time. */
    static DataFolder open(
            Disk disk, Path folder, String cluster, int groups, LogSettings settings, Consumer<IOException> onFailure)
            throws IOException {
        Path absolute = folder.toAbsolutePath().normalize();
        try {
            if (!Files.isDirectory(absolute)) {
                Path parent = absolute.getParent();
                if (Files.exists(absolute) || parent == null || !Files.isDirectory(parent)) {
                    throw new DataFolderException(absolute + " is not a folder"
                            + (Files.exists(absolute) ? "" : ", and neither is " + parent)
                            + ". Name a folder for this member's data");
                }
                Files.createDirectory(absolute);
                disk.syncFolder(parent);
            }
            Path real = absolute.toRealPath();
            FolderLock lock = FolderLock.take(real);
            boolean opened = false;
            try {
                DataFolder data = open(disk, real, cluster, groups, settings, onFailure, lock);
                opened = true;
                return data;
            } finally {
                if (!opened) {
                    lock.close();
                }
            }
        } catch (IOException e) {
            throw DiskFailures.explain(absolute, e);
        }
    }

    static DataFolder open(
            Disk disk,
            Path folder,
            String cluster,
            int groups,
            LogSettings settings,
            Consumer<IOException> onFailure,
            @Nullable FolderLock lock)
            throws IOException {
        FolderIdentity identity = identify(disk, folder, cluster, groups);
        DataFolder data = new DataFolder(disk, folder, settings, identity, onFailure, lock);
        data.groups.addAll(groups(disk, folder));
        return data;
    }

    /** The names of the groups' folders. */
    static List<String> groups(Disk disk, Path folder) throws IOException {
        Path file = folder.resolve(GROUPS);
        return disk.exists(file)
                ? new String(ValueFile.read(disk, file), StandardCharsets.UTF_8)
                        .lines()
                        .toList()
                : List.of();
    }

    private static FolderIdentity identify(Disk disk, Path folder, String cluster, int groups) throws IOException {
        Path meta = folder.resolve(META);
        if (!disk.exists(meta)) {
            List<String> others = disk.list(folder).stream()
                    .filter(name -> !HARMLESS.contains(name))
                    .toList();
            if (!others.isEmpty()) {
                throw new DataFolderException(folder + " holds " + others.get(0) + " and is not a member's data folder."
                        + " Name an empty folder, or put the file " + META + " back");
            }
            FolderIdentity identity = new FolderIdentity(cluster, groups, UUID.randomUUID());
            ValueFile.write(disk, meta, identity.encoded());
            return identity;
        }
        FolderIdentity found = FolderIdentity.read(disk, meta);
        if (!found.cluster().equals(cluster)) {
            throw new DataFolderException(folder + " belongs to the cluster " + found.cluster() + ", not to " + cluster
                    + ". Name this member's own folder, or an empty one");
        }
        if (found.groups() != groups) {
            throw new DataFolderException(folder + " was made for " + found.groups()
                    + (found.groups() == 1 ? " group" : " groups") + ", not for " + groups
                    + ". Set the number back: it can't be changed, but tasks can be moved to a new cluster");
        }
        return found;
    }

    public FolderIdentity identity() {
        return identity;
    }

    /** A value that was kept, or null. */
    public byte @Nullable [] value(String name) throws IOException {
        Path file = folder.resolve(VALUE + name);
        return disk.exists(file) ? ValueFile.read(disk, file) : null;
    }

    /** Keeps a value; durable on return. */
    public synchronized void keep(String name, byte[] value) throws IOException {
        write(folder.resolve(VALUE + name), value);
    }

    private void write(Path file, byte[] value) throws IOException {
        try {
            ValueFile.write(disk, file, value);
        } catch (IOException e) {
            DataFolderException explained = DiskFailures.explain(file, e);
            onFailure.accept(explained);
            throw explained;
        }
    }

    /**
     * Reads what there is of every group. Called once, before any of them is opened.
     *
     * @throws DataFolderException if any of it is damaged, missing or newer
     */
    public synchronized List<RecoveredGroup> recover() throws IOException {
        List<RecoveredGroup> recovered = new ArrayList<>();
        for (String name : List.copyOf(groups)) {
            RecoveredGroup group = RecoveredGroup.read(disk, folder, name);
            if (group == null) {
                remove(name);
            } else {
                recovered.add(group);
            }
        }
        for (String name : disk.list(folder)) {
            if (GroupKey.in(name) != null && !groups.contains(name)) {
                deleteFolder(folder.resolve(name));
            }
        }
        return recovered;
    }

    /** Begins a group's log. */
    public synchronized GroupLog createGroup(GroupKey key, boolean writeEveryState) throws IOException {
        Path path = folder.resolve(key.folder());
        if (disk.exists(path)) {
            // What was left of one that was removed, or not finished.
            deleteFolder(path);
        }
        disk.makeFolder(path);
        GroupLog log = open(path, LogRecovery.read(disk, path), writeEveryState);
        disk.syncFolder(folder);
        groups.add(key.folder());
        writeGroups();
        return log;
    }

    /** Goes on with a group's log. */
    public synchronized GroupLog openGroup(RecoveredGroup group, boolean writeEveryState) throws IOException {
        return open(group.folder(), group.recovery(), writeEveryState);
    }

    private GroupLog open(Path path, LogRecovery recovery, boolean writeEveryState) throws IOException {
        return GroupLog.open(
                disk, path, writeEveryState ? settings.writingEveryState() : settings, background, onFailure, recovery);
    }

    /** Forgets a group, whose log is closed. */
    public synchronized void remove(GroupKey key) throws IOException {
        remove(key.folder());
    }

    private void remove(String name) throws IOException {
        if (groups.remove(name)) {
            writeGroups();
            deleteFolder(folder.resolve(name));
        }
    }

    /** Forgets all groups and values. */
    public synchronized void reset() throws IOException {
        Set<String> all = Set.copyOf(groups);
        groups.clear();
        writeGroups();
        for (String name : all) {
            deleteFolder(folder.resolve(name));
        }
        for (String name : disk.list(folder)) {
            if (name.startsWith(VALUE)) {
                disk.delete(folder.resolve(name));
            }
        }
        disk.syncFolder(folder);
    }

    private void writeGroups() throws IOException {
        String lines = groups.stream().map(name -> name + "\n").collect(Collectors.joining());
        write(folder.resolve(GROUPS), lines.getBytes(StandardCharsets.UTF_8));
    }

    private void deleteFolder(Path path) throws IOException {
        if (disk.exists(path)) {
            for (String name : disk.list(path)) {
                disk.delete(path.resolve(name));
            }
            disk.delete(path);
        }
    }

    /** Gives the folder up. The groups' logs are closed before. */
    @Override
    public void close() throws IOException {
        background.shutdown();
        try {
            if (!background.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
                LOG.warn("{}: a state is still being written; the folder stays locked until this process ends", folder);
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (lock != null) {
            lock.close();
        }
    }
}
