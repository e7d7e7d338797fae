package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.client.TandemClient;
import dev.tandem.v1.ListTasksRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.WatchTasksRequest;
import dev.tandem.v1.WatchTasksResponse;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Follows a namespace by its changes alone, from the cursor on whenever its stream was cut. Owned by its own context.
 */
final class Watcher implements AutoCloseable {
    private static final long AGAIN_MILLIS = 20;
    private static final Duration CATCH_UP_MAX = Duration.ofSeconds(30);

    private final TandemClient client;
    private final Context context;
    private final String namespace;
    private final Progress progress = new Progress();

    /** Guarded by itself, because the test's thread looks at them too. */
    private final Map<String, Task> tasks = new TreeMap<>();

    /** The highest version seen of each id, its deletions included; guarded by tasks. */
    private final Map<String, Long> versions = new HashMap<>();

    private String cursor = "";
    private int streams;
    private boolean closed;
    private String wrong = "";

    Watcher(Vertx vertx, String address, String namespace) {
        this.client = TandemClient.connect(vertx, Workload.options(address));
        this.context = vertx.getOrCreateContext();
        this.namespace = namespace;
    }

    void start() {
        context.runOnContext(go -> open());
    }

    Progress progress() {
        return progress;
    }

    private void open() {
        if (closed) {
            return;
        }
        int stream = ++streams;
        WatchTasksRequest request = WatchTasksRequest.newBuilder()
                .setNamespace(namespace)
                .setCursor(cursor)
                .setIncludeExisting(cursor.isEmpty())
                .build();
        client.tasks().watchTasks(request).onComplete(events -> follow(stream, events), failure -> again(stream));
    }

    private void follow(int stream, ReadStream<WatchTasksResponse> events) {
        events.exceptionHandler(cut -> again(stream));
        events.endHandler(end -> again(stream));
        events.handler(event -> {
            if (stream == streams) {
                accept(event);
            }
        });
    }

    /** Goes on from the last cursor; each stream ends once. */
    private void again(int stream) {
        if (stream == streams) {
            streams++;
            progress.add("cuts");
            context.owner().setTimer(AGAIN_MILLIS, now -> open());
        }
    }

    private void accept(WatchTasksResponse event) {
        synchronized (tasks) {
            if (event.hasTask()) {
                rises(event.getTask().getTaskId(), event.getTask().getEtag());
                tasks.put(event.getTask().getTaskId(), event.getTask());
            } else if (event.hasDeleted()) {
                rises(event.getDeleted().getTaskId(), event.getDeleted().getEtag());
                tasks.remove(event.getDeleted().getTaskId());
            }
        }
        cursor = event.getCursor();
        progress.add(event.hasBookmark() ? "bookmarks" : "changes");
    }

    private void rises(String id, String etag) {
        Long before = versions.put(id, Long.parseLong(etag));
        if (before != null && before >= Long.parseLong(etag) && wrong.isEmpty()) {
            wrong = id + " came with etag " + etag + " after " + before;
        }
    }

    /** Once nobody writes any more: its view comes to be what the namespace holds. */
    void checkAgainst(Area area) {
        ListTasksRequest all = ListTasksRequest.newBuilder()
                .setNamespace(area.namespace())
                .setPageSize(1000)
                .build();
        Map<String, Task> there = Workload.await(client.tasks().listTasks(all)).getTasksList().stream()
                .collect(Collectors.toMap(Task::getTaskId, Function.identity(), (a, b) -> b, TreeMap::new));
        progress.await(
                () -> {
                    synchronized (tasks) {
                        return tasks.equals(there);
                    }
                },
                "the watcher's view to be\n" + there + "\nand it is\n" + tasks + "\n",
                CATCH_UP_MAX);
        assertThat(wrong).as("versions that the watcher saw").isEmpty();
    }

    @Override
    public void close() {
        context.runOnContext(go -> closed = true);
        client.close();
    }
}
