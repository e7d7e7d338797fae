package dev.tandem.store.raft.node;

import dev.tandem.store.FailureKind;
import dev.tandem.task.CodecException;
import io.netty.buffer.ByteBufInputStream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A sidecar's side of the link to one node, from the first try to connect to its end. Used on the link's context alone. */
final class NodeLink {
    /** After so long without a sign a connection is made anew. */
    private static final long GIVEN_UP_MILLIS = 10_000;

    private final Node node;
    private final Nodes nodes;
    private final ContextInternal context;
    private final NodeOptions options;
    private final NodeConnector connector;
    private final SocketAddress address;
    private final long beganNanos = System.nanoTime();

    private @Nullable GrpcClient client;
    private boolean isExplained;

    private @Nullable GrpcClientRequest<Buffer, Buffer> request;
    private @Nullable Outbox out;
    private volatile @Nullable NodeHello hello;
    private boolean isUp;
    private boolean isLeaving;
    private boolean isSilent;
    private boolean ended;

    /** By group, from 1 on: the term in which the node says that it leads it; 0 if it does not. */
    private volatile long[] terms = new long[1];

    private final AtomicInteger calls = new AtomicInteger();
    private long watchedGroups;
    private boolean isAsked;
    private long askedNanos;
    private long silentMillis;
    private volatile long roundTripNanos;

    NodeLink(Node node, Nodes nodes, ContextInternal context, NodeOptions options, NodeConnector connector) {
        this.node = node;
        this.nodes = nodes;
        this.context = context;
        this.options = options;
        this.connector = connector;
        this.address = node.socketAddress(options.serverName());
    }

    /** Connects, and says hello; what becomes of it, the nodes are told. */
    void open() {
        connector
                .check()
                .onSuccess(fit -> connect())
                .onFailure(failure -> end(ConnectFailure.lasting(String.valueOf(failure.getMessage()))));
    }

    private void connect() {
        if (ended) {
            return;
        }
        GrpcClient made = connector.client();
        client = made;
        made.request(address, Wire.ON_CLIENT)
                .onSuccess(this::greet)
                .onFailure(failure -> failed(ConnectFailure.of(failure)));
    }

    /** The connection is gone. If that was before the hello, it may take a second look to know why. */
    private void failed(ConnectFailure why) {
        if (ended || hello != null || why.kind() != ConnectFailure.Kind.PASSING) {
            end(why);
        } else if (!isExplained) {
            isExplained = true;
            connector.explain(address).onSuccess(this::end);
        }
    }

    private void greet(GrpcClientRequest<Buffer, Buffer> opened) {
        if (ended) {
            opened.cancel();
            return;
        }
        request = opened;
        Outbox first = new Outbox(context, opened);
        out = first;
        opened.exceptionHandler(failure -> failed(ConnectFailure.of(failure)));
        opened.connection().exceptionHandler(failure -> failed(ConnectFailure.of(failure)));
        opened.connection().closeHandler(closed -> failed(ConnectFailure.passing("the connection was closed")));
        opened.response().onSuccess(this::listen).onFailure(failure -> failed(ConnectFailure.of(failure)));
        SidecarHello said = new SidecarHello(Wire.FORMAT, options.version(), options.name(), options.messageBytesMax());
        first.send(Wire.HELLO, said::write);
        first.flush();
    }

    private void listen(GrpcClientResponse<Buffer, Buffer> response) {
        response.messageHandler(message -> {
            if (message.encoding().equals("identity")) {
                receive(message.payload());
            } else {
                end(ConnectFailure.lasting("what it sends is compressed, which no node does"));
            }
        });
        response.invalidMessageHandler(
                invalid -> end(ConnectFailure.lasting("what it sent is too long: " + invalid.getMessage())));
        response.exceptionHandler(failure -> end(ConnectFailure.of(failure)));
        response.errorHandler(error -> end(ConnectFailure.passing("it broke the stream off (" + error + ")")));
        response.endHandler(done -> end(ConnectFailure.ended(response.status(), response.statusMessage())));
    }

    private void receive(Buffer pack) {
        silentMillis = 0;
        if (isSilent) {
            isSilent = false;
            nodes.speaks(this);
        }
        try {
            Wire.read(pack, this::message);
        } catch (IOException | RuntimeException e) {
            end(ConnectFailure.lasting("what it sent is not understood: " + e.getMessage()));
        }
    }

    private void message(int type, ByteBufInputStream body) throws IOException {
        if (ended) {
            return;
        }
        if (hello == null && type != Wire.HELLO) {
            throw new CodecException("the first message is no hello, but of type " + type);
        }
        switch (type) {
            case Wire.HELLO -> {
                NodeHello said = NodeHello.read(body);
                if (said.groups() < 0 || said.groups() > Wire.GROUPS_MAX) {
                    throw new CodecException("a node with " + said.groups() + " groups");
                }
                hello = said;
                terms = new long[said.groups() + 1];
                roundTripNanos = System.nanoTime() - beganNanos;
                nodes.greeted(this, said);
            }
            case Wire.APPLIED, Wire.ANSWER -> nodes.calls().answered(this, body);
            case Wire.FAILED -> {
                long id = body.readLong();
                FailureKind kind = Wire.kind(body.readUnsignedByte());
                nodes.calls().failed(this, id, kind, body.readUTF());
            }
            case Wire.PONG -> {
                if (isAsked && body.readLong() == askedNanos) {
                    isAsked = false;
                    roundTripNanos = System.nanoTime() - askedNanos;
                }
            }
            case Wire.LEADS -> readLeads(body);
            case Wire.WATCHED -> {
                // Of changes before this, nobody has told.
                nodes.listener().allChanged();
            }
            case Wire.CHANGED -> readChanged(body);
            case Wire.LEAVING -> {
                isLeaving = true;
                nodes.leaving(this);
                endIfLeft();
            }
            case Wire.REFUSED -> {
                boolean lasting = body.readBoolean();
                String sentence = body.readUTF();
                end(lasting ? ConnectFailure.lasting(sentence) : ConnectFailure.passing(sentence));
            }
            default -> throw new CodecException("there is no message of type " + type);
        }
    }

    private void readLeads(ByteBufInputStream body) throws IOException {
        long[] said = new long[terms.length];
        while (body.available() > 0) {
            int group = body.readUnsignedByte();
            long term = body.readLong();
            if (group >= said.length) {
                throw new CodecException("there is no group " + group);
            }
            said[group] = term;
        }
        terms = said;
        nodes.changed();
    }

    private void readChanged(ByteBufInputStream body) throws IOException {
        if (body.available() == 0) {
            nodes.listener().allChanged();
        }
        while (body.available() > 0) {
            nodes.listener().changed(body.readUnsignedByte(), body.readUTF());
        }
    }

    // ---- what it is asked to do

    /** It was found fit: calls may go there. */
    void up() {
        isUp = true;
    }

    /** Sends a call. */
    void send(Call call) {
        Outbox to = out;
        if (to != null) {
            calls.incrementAndGet();
            to.send(call.type, body -> {
                body.writeLong(call.id);
                body.writeByte(call.group);
                body.writeInt(call.millisLeft(System.nanoTime()));
                call.write(body);
            });
        }
    }

    /** A call is not here any more. */
    void callEnded() {
        calls.decrementAndGet();
        endIfLeft();
    }

    private void endIfLeft() {
        if (isLeaving && calls.get() == 0) {
            end(ConnectFailure.passing("the node is being closed"));
        }
    }

    /** Has it tell of changes in these groups, one bit each, and no others. */
    void watch(long groups) {
        Outbox to = out;
        if (groups != watchedGroups && to != null) {
            watchedGroups = groups;
            to.send(Wire.WATCH, body -> {
                body.writeLong(groups);
                body.writeLong(groups);
            });
        }
    }

    /** Asks whether it is there, and looks whether it has answered. Called every {@code millis}. */
    void check(long millis) {
        Outbox to = out;
        if (to == null || hello == null) {
            return;
        }
        if (isAsked) {
            // By counting looks rather than time, so that a process that stood still itself does not blame others.
            silentMillis += millis;
            if (!isSilent && silentMillis >= options.silenceMax().toMillis()) {
                isSilent = true;
                nodes.silent(this);
            }
            if (silentMillis >= GIVEN_UP_MILLIS) {
                end(ConnectFailure.passing("it was silent for " + silentMillis + " ms"));
            }
        } else {
            isAsked = true;
            askedNanos = System.nanoTime();
            to.send(Wire.PING, body -> body.writeLong(askedNanos));
        }
    }

    /** Ends the link, if it has not ended. */
    void end(ConnectFailure why) {
        if (ended) {
            return;
        }
        ended = true;
        Outbox last = out;
        if (last != null) {
            last.close();
        }
        GrpcClientRequest<Buffer, Buffer> opened = request;
        if (opened != null) {
            opened.cancel();
        }
        GrpcClient used = client;
        if (used != null) {
            used.close();
        }
        nodes.ended(this, why);
    }

    // ---- how it stands

    Node node() {
        return node;
    }

    @Nullable
    NodeHello hello() {
        return hello;
    }

    int messageBytesMax() {
        NodeHello known = hello;
        return known == null ? 0 : known.messageBytesMax();
    }

    /** Whether it was found fit, whatever it does now. */
    boolean wasUp() {
        return isUp;
    }

    /** Whether new calls may go there. */
    boolean isUsable() {
        return isUp && !isLeaving && !isSilent && !ended;
    }

    /** The term in which it says that it leads a group; 0 if it does not. */
    long term(int group) {
        return group < terms.length ? terms[group] : 0;
    }

    List<Integer> leads() {
        long[] now = terms;
        List<Integer> groups = new ArrayList<>();
        for (int group = 1; group < now.length; group++) {
            if (now[group] > 0) {
                groups.add(group);
            }
        }
        return groups;
    }

    long roundTripNanos() {
        return roundTripNanos;
    }

    int calls() {
        return calls.get();
    }
}
