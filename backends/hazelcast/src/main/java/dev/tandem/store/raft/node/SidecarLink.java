package dev.tandem.store.raft.node;

import dev.tandem.store.FailureKind;
import dev.tandem.store.raft.HostedGroups;
import dev.tandem.store.raft.HostedGroups.Lead;
import dev.tandem.store.raft.node.ChangeFeed.Changed;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.store.raft.state.QueryCodec;
import dev.tandem.task.CodecException;
import io.netty.buffer.ByteBufInputStream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's side of the link to one sidecar. Its state belongs to its event loop; answers come on any thread, and gather there
 * until the loop takes all of them at once.
 */
final class SidecarLink {
    private static final Logger LOG = LoggerFactory.getLogger(SidecarLink.class);
    private static final long HELLO_MILLIS_MAX = 5_000;
    private static final int TRY_MILLIS_MAX = 600_000;

    /** What {@code writeUTF} takes, whatever the characters. */
    private static final int SENTENCE_MAX = 20_000;

    private final NodeServer server;
    private final NodeLoop loop;
    private final ContextInternal context;
    private final HostedGroups groups;
    private final GrpcServerRequest<Buffer, Buffer> request;
    private final Outbox out;
    private final Queue<ServedCall<?>> answered = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isDrainDue = new AtomicBoolean();
    private @Nullable SidecarHello hello;
    private int calls;
    private long callBytes;
    /** A bit for each. */
    private long watchedGroups;

    private boolean ended;

    SidecarLink(NodeServer server, NodeLoop loop, ContextInternal context, GrpcServerRequest<Buffer, Buffer> request) {
        this.server = server;
        this.loop = loop;
        this.context = context;
        this.groups = server.groups();
        this.request = request;
        this.out = new Outbox(context, request.response());
    }

    void open() {
        long timer = context.setTimer(HELLO_MILLIS_MAX, late -> {
            if (hello == null) {
                refuse(false, "no hello came within " + HELLO_MILLIS_MAX + " ms");
            }
        });
        request.messageHandler(message -> {
            if (message.encoding().equals("identity")) {
                receive(message.payload());
            } else {
                refuse(true, "what is sent to a node must not be compressed");
            }
        });
        request.invalidMessageHandler(invalid -> refuse(true, "what came is too long: " + invalid.getMessage()));
        request.exceptionHandler(failure -> end());
        request.errorHandler(error -> end());
        request.endHandler(done -> end());
        request.connection().exceptionHandler(failure -> LOG.debug("the connection of a sidecar failed", failure));
        request.connection().closeHandler(closed -> {
            context.owner().cancelTimer(timer);
            end();
        });
    }

    private void receive(Buffer pack) {
        try {
            Wire.read(pack, this::message);
        } catch (IOException | RuntimeException e) {
            refuse(true, "what came is not understood: " + e.getMessage());
        }
    }

    private void message(int type, ByteBufInputStream body) throws IOException {
        if (ended) {
            return;
        }
        if (hello == null) {
            if (type != Wire.HELLO) {
                throw new CodecException("the first message is no hello, but of type " + type);
            }
            greet(SidecarHello.read(body));
            return;
        }
        switch (type) {
            case Wire.APPLY -> apply(body);
            case Wire.READ -> read(body);
            case Wire.PING -> {
                long number = body.readLong();
                out.send(Wire.PONG, pong -> pong.writeLong(number));
            }
            case Wire.WATCH -> {
                long number = body.readLong();
                watchedGroups = body.readLong();
                out.send(Wire.WATCHED, watched -> watched.writeLong(number));
            }
            default -> throw new CodecException("there is no message of type " + type);
        }
    }

    private void greet(SidecarHello said) {
        out.send(Wire.HELLO, server.hello()::write);
        if (said.format() > Wire.FORMAT) {
            refuse(
                    true,
                    "the sidecar (version " + said.version() + ") speaks format " + said.format()
                            + " of the link, and the node (version "
                            + server.options().version() + ") knows format "
                            + Wire.FORMAT + ": bring the nodes to the newer version first");
        } else if (server.isLeaving()) {
            refuse(false, "the node is being closed");
        } else if (!server.enter()) {
            refuse(false, "the node serves " + server.options().linksMax() + " sidecars already, and takes no more");
        } else {
            hello = said;
            loop.add(this);
            LOG.debug(
                    "sidecar {} at {} is here",
                    said.name(),
                    request.connection().remoteAddress());
            tellLeads();
        }
    }

    // ---- calls

    private void apply(ByteBufInputStream body) throws IOException {
        int bytes = body.available();
        long id = body.readLong();
        int group = body.readUnsignedByte();
        int millis = body.readInt();
        ServedCall.OfBatch served = new ServedCall.OfBatch(this, id, bytes);
        if (isRefused(served, group)) {
            return;
        }
        Batch batch;
        try {
            batch = Batch.read(body, bytes);
        } catch (IOException | RuntimeException e) {
            fail(id, Wire.DEFECT, "the commands can't be read: " + e.getMessage());
            return;
        }
        begin(served);
        groups.apply(group, batch, tryMillis(millis), served);
    }

    private void read(ByteBufInputStream body) throws IOException {
        int bytes = body.available();
        long id = body.readLong();
        int group = body.readUnsignedByte();
        int millis = body.readInt();
        boolean here = body.readBoolean();
        GroupQuery query;
        try {
            query = QueryCodec.read(body);
        } catch (IOException | RuntimeException e) {
            fail(id, Wire.DEFECT, "the question can't be read: " + e.getMessage());
            return;
        }
        ServedCall.OfRead served = new ServedCall.OfRead(this, id, bytes, query);
        if (isRefused(served, group)) {
            return;
        }
        begin(served);
        if (here) {
            groups.readHere(group, query, tryMillis(millis), served);
        } else {
            groups.read(group, query, tryMillis(millis), served);
        }
    }

    private static int tryMillis(int asked) {
        return Math.max(1, Math.min(TRY_MILLIS_MAX, asked));
    }

    private boolean isRefused(ServedCall<?> call, int group) {
        NodeServerOptions options = server.options();
        if (group < 1 || group > groups.count()) {
            fail(call.id, Wire.DEFECT, "there is no group " + group + ", but groups 1 to " + groups.count());
            return true;
        }
        if (calls >= options.callsMax() || (calls > 0 && callBytes + call.bytes > options.callBytesMax())) {
            fail(
                    call.id,
                    Wire.code(FailureKind.OVERLOADED),
                    calls + " calls with " + callBytes
                            + " bytes are under way at the node already: try again after a pause");
            return true;
        }
        return false;
    }

    private void begin(ServedCall<?> call) {
        calls++;
        callBytes += call.bytes;
    }

    // ---- answers

    /** From any thread. */
    void answered(ServedCall<?> call) {
        // The queue publishes what the call was answered.
        answered.add(call);
        if (!isDrainDue.get() && isDrainDue.compareAndSet(false, true)) {
            context.nettyEventLoop().execute(this::drain);
        }
    }

    private void drain() {
        // Before the look, so that what comes during it leads to another.
        isDrainDue.set(false);
        for (ServedCall<?> call = answered.poll(); call != null; call = answered.poll()) {
            calls--;
            callBytes -= call.bytes;
            if (!ended) {
                call.write();
            }
        }
        out.flush();
    }

    /** Sends a call's answer, or a part of it; false if the sidecar does not take so long a message, of which it is told. */
    boolean send(ServedCall<?> call, int type, Outbox.Body body) {
        SidecarHello known = hello;
        int bytesMax = known == null ? 0 : known.messageBytesMax();
        boolean sent = out.send(type, body, bytesMax);
        if (!sent) {
            fail(call.id, Wire.DEFECT, "the answer has more than the " + bytesMax + " bytes that the sidecar takes");
        }
        return sent;
    }

    void fail(long id, int kind, String sentence) {
        out.send(Wire.FAILED, body -> {
            body.writeLong(id);
            body.writeByte(kind);
            writeSentence(body, sentence);
        });
    }

    private static void writeSentence(DataOutput body, String sentence) throws IOException {
        body.writeUTF(sentence.length() > SENTENCE_MAX ? sentence.substring(0, SENTENCE_MAX) : sentence);
    }

    /** Whether answers to reads should rather not wait behind those that the sidecar has not taken. */
    boolean hasTooMuchToSend() {
        return out.waitingBytes() > server.options().callBytesMax();
    }

    // ---- what the node tells by itself

    void tellLeads() {
        List<Lead> leads = groups.leads();
        out.send(Wire.LEADS, body -> {
            for (Lead lead : leads) {
                body.writeByte(lead.group());
                body.writeLong(lead.term());
            }
        });
    }

    /** @param changed null if anything may have */
    void tellChanged(@Nullable Set<Changed> changed) {
        if (watchedGroups == 0) {
            return;
        }
        if (changed == null) {
            out.send(Wire.CHANGED, Outbox.Body.NONE);
            return;
        }
        List<Changed> wanted =
                changed.stream().filter(each -> isWatched(each.group())).toList();
        if (!wanted.isEmpty()) {
            out.send(Wire.CHANGED, body -> {
                for (Changed each : wanted) {
                    body.writeByte(each.group());
                    body.writeUTF(each.namespace());
                }
            });
        }
    }

    private boolean isWatched(int group) {
        return (watchedGroups & Wire.bit(group)) != 0;
    }

    // ---- the end

    /** Has the sidecar go when its calls have been answered. */
    void leave() {
        out.send(Wire.LEAVING, Outbox.Body.NONE);
    }

    /** Says why, and ends the link. */
    private void refuse(boolean lasting, String sentence) {
        if (ended) {
            return;
        }
        LOG.warn("the sidecar at {} was turned away: {}", request.connection().remoteAddress(), sentence);
        out.send(Wire.REFUSED, body -> {
            body.writeBoolean(lasting);
            writeSentence(body, sentence);
        });
        out.flush();
        request.response().status(GrpcStatus.FAILED_PRECONDITION).statusMessage(sentence);
        end();
    }

    /** Ends the link, if it has not ended. What is under way goes on, but nobody will hear of it. */
    void end() {
        if (ended) {
            return;
        }
        ended = true;
        out.close();
        loop.remove(this);
        try {
            request.response().end();
        } catch (IllegalStateException e) {
            LOG.trace("the link had failed before", e);
        }
    }
}
