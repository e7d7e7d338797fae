package dev.tandem.store.redis.link;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Sentinels of a primary: they are asked where it is, and tell when it has moved.
 *
 * <p>All are asked, and of the first majority that answers the one whose configuration is newest counts, since one that
 * was cut off would name the old primary. Has a context of its own.
 */
final class Sentinels {
    private static final String SWITCH = "+switch-master";

    private final ContextInternal context;
    private final RedisOptions options;
    private final Connector connector;
    private final Runnable switched;
    private final List<Sentinel> all;
    private @Nullable Future<Endpoint> asking;
    private boolean closed;

    /** @param switched called, on this object's context, when a Sentinel says that the primary has moved */
    Sentinels(ContextInternal context, RedisOptions options, Connector connector, Runnable switched) {
        this.context = context;
        this.options = options;
        this.connector = connector;
        this.switched = switched;
        this.all = options.address().endpoints().stream().map(Sentinel::new).toList();
    }

    /** Where the primary is now; fails with a {@link ConnectFailure}. Completes on the caller's context. */
    Future<Endpoint> primary(ContextInternal caller) {
        Promise<Endpoint> found = caller.promise();
        context.emit(on -> {
            Future<Endpoint> current = asking;
            if (current == null) {
                Promise<Endpoint> answer = context.promise();
                current = answer.future();
                asking = current;
                new Question(answer).ask();
                answer.future().onComplete(any -> asking = null);
            }
            current.onComplete(found);
        });
        return found.future();
    }

    void close() {
        context.emit(on -> {
            closed = true;
            all.forEach(Sentinel::close);
        });
    }

    private record Answer(Endpoint primary, long epoch) {}

    /** Asks all Sentinels once. */
    private final class Question {
        private final Promise<Endpoint> promise;
        private final int majority = all.size() / 2 + 1;
        private int answers;
        private int outstanding = all.size();
        private @Nullable Answer newest;
        private String why = "";

        Question(Promise<Endpoint> promise) {
            this.promise = promise;
        }

        void ask() {
            for (Sentinel each : all) {
                each.ask().onComplete(asked -> {
                    outstanding--;
                    if (asked.succeeded()) {
                        answers++;
                        Answer answer = asked.result();
                        newest = newest == null || answer.epoch() > newest.epoch() ? answer : newest;
                    } else {
                        why = String.valueOf(asked.cause().getMessage());
                    }
                    decide();
                });
            }
        }

        private void decide() {
            if (newest != null && (answers >= majority || outstanding == 0)) {
                promise.tryComplete(newest.primary());
            } else if (outstanding == 0) {
                promise.tryFail(new ConnectFailure(
                        "No Sentinel of " + options.address().servers() + " tells where the primary "
                                + options.address().primaryName() + " is: " + why,
                        false));
            }
        }
    }

    /** One of them, and the connection over which it is asked and tells. */
    private final class Sentinel {
        private final Endpoint endpoint;
        private @Nullable Connection connection;

        Sentinel(Endpoint endpoint) {
            this.endpoint = endpoint;
        }

        Future<Answer> ask() {
            Promise<Answer> answered = context.promise();
            // A Sentinel that has stopped must not hold up the others for long.
            long timer = context.setTimer(options.connectTimeout().toMillis(), id -> {
                String late = "the Sentinel at " + endpoint + " did not answer";
                if (answered.tryFail(new ConnectFailure(late, false)) && connection != null) {
                    connection.close(late);
                }
            });
            connection().compose(this::master).onComplete(result -> {
                context.owner().cancelTimer(timer);
                if (result.succeeded()) {
                    answered.tryComplete(result.result());
                } else {
                    answered.tryFail(result.cause());
                }
            });
            return answered.future();
        }

        private Future<Answer> master(Connection open) {
            Request question = Request.cmd(Command.SENTINEL)
                    .arg("MASTER")
                    .arg(options.address().primaryName());
            return open.request(question).map(this::read);
        }

        private Answer read(Response master) {
            Map<String, String> fields = new HashMap<>();
            for (String key : master.getKeys()) {
                fields.put(key, String.valueOf(master.get(key)));
            }
            return new Answer(
                    Endpoint.of(fields.getOrDefault("ip", ""), Integer.parseInt(fields.getOrDefault("port", "0"))),
                    Long.parseLong(fields.getOrDefault("config-epoch", "0")));
        }

        private Future<Connection> connection() {
            if (connection != null && connection.isOpen()) {
                return context.succeededFuture(connection);
            }
            if (closed) {
                return context.failedFuture(new ConnectFailure("The Redis store is closed", false));
            }
            return connector.toSentinel(endpoint).onSuccess(this::listen);
        }

        private void listen(Connection made) {
            if (connection != null && connection.isOpen()) {
                connection.close("another connection was made");
            }
            connection = made;
            made.onPush(this::told);
            made.onClose(why -> {
                if (!closed) {
                    // To be told again; its absence is no reason to look for another primary.
                    context.setTimer(options.reconnectDelayMax().toMillis(), id -> connection());
                }
            });
            made.push(Request.cmd(Command.SUBSCRIBE).arg(SWITCH));
        }

        private void told(Response push) {
            // message, channel, "name old-ip old-port new-ip new-port"
            if (push.size() == 3
                    && "message".equals(String.valueOf(push.get(0)))
                    && String.valueOf(push.get(2)).startsWith(options.address().primaryName() + " ")) {
                switched.run();
            }
        }

        void close() {
            if (connection != null) {
                connection.close("this sidecar closes");
            }
        }
    }
}
