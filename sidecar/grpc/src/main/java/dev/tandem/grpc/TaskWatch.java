package dev.tandem.grpc;

import dev.tandem.routing.Watch;
import dev.tandem.routing.WatchListener;
import dev.tandem.routing.WatchStart;
import dev.tandem.routing.Watches;
import dev.tandem.store.Change;
import dev.tandem.store.Cursor;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.v1.Bookmark;
import dev.tandem.v1.TaskDeletion;
import dev.tandem.v1.WatchTasksRequest;
import dev.tandem.v1.WatchTasksResponse;
import org.jspecify.annotations.Nullable;

/** WatchTasks: one stream, fed by one watch, which is paused while the caller does not keep up. */
final class TaskWatch implements WatchListener {
    private final Call call;
    private final String namespace;
    private @Nullable Watch watch;
    private boolean isPaused;

    private TaskWatch(Call call, String namespace) {
        this.call = call;
        this.namespace = namespace;
    }

    /** Reads the request and begins the stream. */
    static void open(WatchTasksRequest request, Call call, Watches watches, ApiLimits limits) {
        Checks checks = new Checks();
        String namespace = checks.namespace(request.getNamespace(), limits.defaultNamespace());
        TaskFilter filter = FilterReader.of(checks, request);
        if (!request.getCursor().isEmpty() && request.getIncludeExisting()) {
            checks.violate("include_existing", "must not be given together with cursor");
        }
        checks.done();
        WatchStart start = !request.getCursor().isEmpty()
                ? new WatchStart.After(Cursors.open(request.getCursor(), namespace))
                : request.getIncludeExisting() ? WatchStart.EXISTING : WatchStart.NOW;
        new TaskWatch(call, namespace).begin(watches, start, filter);
    }

    private void begin(Watches watches, WatchStart start, TaskFilter filter) {
        call.onDrain(this::resume);
        Watch opened = watches.open(namespace, start, filter, this);
        watch = opened;
        call.onEnd(opened::cancel);
        if (isPaused) {
            opened.pause();
        }
    }

    private void resume() {
        if (isPaused && !call.hasEnded()) {
            isPaused = false;
            if (watch != null) {
                watch.resume();
            }
        }
    }

    private void send(WatchTasksResponse.Builder event, @Nullable Cursor cursor) {
        if (cursor != null) {
            event.setCursor(Cursors.seal(cursor, namespace));
        }
        call.write(event.build());
        if (!isPaused && call.isFull()) {
            isPaused = true;
            if (watch != null) {
                watch.pause();
            }
        }
    }

    @Override
    public void onChange(Change change, @Nullable Cursor after) {
        WatchTasksResponse.Builder event = WatchTasksResponse.newBuilder();
        if (change.task() != null) {
            event.setTask(ProtoTasks.of(change.task()));
        } else {
            event.setDeleted(
                    TaskDeletion.newBuilder().setTaskId(change.taskId()).setEtag(Long.toString(change.version())));
        }
        send(event, after);
    }

    @Override
    public void onCaughtUp(Cursor at) {
        onBookmark(at);
    }

    @Override
    public void onBookmark(Cursor at) {
        send(WatchTasksResponse.newBuilder().setBookmark(Bookmark.getDefaultInstance()), at);
    }

    @Override
    public void onExpired() {
        call.refuse(StatusMap.cursorExpired());
    }

    @Override
    public void onEnd(StoreException failure) {
        call.refuse(StatusMap.of(failure));
    }
}
