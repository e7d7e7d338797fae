package dev.tandem.app.cli;

import dev.tandem.app.config.BuildInfo;
import dev.tandem.backup.BackupException;
import dev.tandem.backup.BackupExporter;
import dev.tandem.store.raft.RaftTaskStore;
import dev.tandem.store.raft.log.DataFolderException;
import dev.tandem.store.raft.member.StoppedMembers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

/** An export out of the data folders of Raft members that have stopped, in this process. */
final class StoppedExport implements AutoCloseable {
    private final StoppedMembers members;
    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));

    private StoppedExport(StoppedMembers members) {
        this.members = members;
    }

    /**
     * Reads the folders; all that they hold is in memory then.
     *
     * @throws BadInput if they can't be used
     */
    static StoppedExport read(List<Path> folders) {
        try {
            return new StoppedExport(StoppedMembers.read(folders));
        } catch (DataFolderException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new BadInput("the folders can't be read (" + e.getMessage() + ")");
        } catch (OutOfMemoryError e) {
            throw new BadInput("the tasks need more memory than the "
                    + BackupText.size(Runtime.getRuntime().maxMemory())
                    + " that there are: give it what the members had, as in TANDEM_JAVA_OPTS=-Xmx4g");
        }
    }

    /** Writes the whole backup to {@code target}, which is then to be finished. */
    void writeTo(BackupTarget target, List<String> namespaces) throws IOException, InterruptedException {
        Context context = vertx.getOrCreateContext();
        Promise<Object> done = Promise.promise();
        BackupExporter.Request request =
                new BackupExporter.Request(System.currentTimeMillis(), BuildInfo.version(), source(), namespaces);
        RaftTaskStore store = new RaftTaskStore(vertx, members);
        context.runOnContext(begin -> BackupExporter.export(vertx, store, request, bytes -> write(bytes, target))
                .<Object>mapEmpty()
                .onComplete(done));
        try {
            done.future().toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException unwritable) {
                throw unwritable;
            } else if (e.getCause() instanceof BackupException refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private Future<Void> write(Buffer bytes, BackupTarget target) {
        return vertx.executeBlocking(() -> {
            target.write(bytes.getBytes(), bytes.length());
            return null;
        });
    }

    private String source() {
        return "raft:"
                + members.found().stream()
                        .map(found -> found.folder().toString())
                        .distinct()
                        .collect(Collectors.joining(","));
    }

    /** A line for each group, and one for what may be missing. */
    String text() {
        StringBuilder text = new StringBuilder();
        for (StoppedMembers.Found found : members.found()) {
            text.append("Group ").append(found.group()).append(" is read from ").append(found.folder());
            text.append(", to entry ").append(found.index()).append(" of term ").append(found.term());
            text.append("; of ").append(found.voters()).append(" that vote, ");
            text.append(found.votersRead()).append(found.votersRead() == 1 ? " has" : " have");
            text.append(" a folder here.\n");
        }
        String few = members.found().stream()
                .filter(found -> !found.isMajority())
                .map(found -> Integer.toString(found.group()))
                .collect(Collectors.joining(", "));
        if (!few.isEmpty()) {
            text.append("warning: of what votes in group ")
                    .append(few)
                    .append(
                            ", fewer than most have a folder here. What was acknowledged and is on the others alone is missing,"
                                    + " and what nobody acknowledged may be there. Name any other member's folder that you have, too.\n");
        }
        return text.toString();
    }

    /** The same for programs. */
    JsonArray json() {
        JsonArray groups = new JsonArray();
        for (StoppedMembers.Found found : members.found()) {
            groups.add(new JsonObject()
                    .put("group", found.group())
                    .put("folder", found.folder().toString())
                    .put("term", found.term())
                    .put("index", found.index())
                    .put("voters", found.voters())
                    .put("voters_read", found.votersRead())
                    .put("majority", found.isMajority()));
        }
        return groups;
    }

    @Override
    public void close() {
        members.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
