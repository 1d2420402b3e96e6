/* Deadlines of connections, on a real TCP pair with short limits. "Is cut" is read as an
   end of file, however long that takes on a busy machine; "is kept" is read from another
   connection that is cut later under the same limits. */
#include "near.h"

#include "http/peers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 30

static const struct peer_deadlines quick = {
    .headers_ms = 100,
    .body_grace_ms = 100,
    .body_bytes_second = 1024,
    .stall_ms = 100,
    .look_ms = 5,
};

struct pair {
    int client, served;
    struct peers *peers;
    struct peer *peer;
};

static void connect_pair(struct pair *pair)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    pair->client = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(pair->client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(pair->client, (struct sockaddr *)&address, length), 0);
    pair->served = accept(listener, NULL, NULL);
    assert_true(pair->served >= 0);
    close(listener);
}

static void pair_open(struct pair *pair, struct peers *peers)
{
    connect_pair(pair);
    pair->peers = peers;
    pair->peer = peer_add(peers, pair->served);
    assert_non_null(pair->peer);
}

static void pair_close(struct pair *pair)
{
    peer_remove(pair->peers, pair->peer);
    close(pair->served);
    close(pair->client);
}

static struct peers *start(void)
{
    struct peers *peers = NULL;
    struct err err = {0};
    assert_int_equal(peers_start(&quick, &peers, &err), ST_OK);
    return peers;
}

/* Waits for the end of file that a shut down connection gives. */
static void expect_cut(const struct pair *pair)
{
    char bytes[65536];
    ssize_t n;
    while ((n = recv(pair->client, bytes, sizeof bytes, 0)) > 0)
        ;
    assert_int_equal(n, 0);
}

static void expect_open(const struct pair *pair)
{
    char byte;
    assert_int_equal(recv(pair->client, &byte, 1, MSG_DONTWAIT), -1);
}

static void headers_that_never_come_are_cut(void **state)
{
    (void)state;
    struct peers *peers = start();
    struct pair pair;
    pair_open(&pair, peers);
    expect_cut(&pair);
    pair_close(&pair);
    peers_stop(peers);
}

static void next_headers_that_stop_half_way_are_cut(void **state)
{
    (void)state;
    struct peers *peers = start();
    struct pair pair, late;
    pair_open(&pair, peers);
    peer_enter(peers, pair.peer, PEER_IDLE);
    /* Idle without a byte is libmicrohttpd's matter: kept while another one is cut. */
    pair_open(&late, peers);
    expect_cut(&late);
    expect_open(&pair);
    assert_int_equal(send(pair.client, "G", 1, 0), 1);
    expect_cut(&pair);
    pair_close(&pair);
    pair_close(&late);
    peers_stop(peers);
}

static void slow_body_is_cut_and_a_fast_one_is_kept(void **state)
{
    (void)state;
    struct peers *peers = start();
    struct pair slow, fast;
    pair_open(&fast, peers);
    peer_enter(peers, fast.peer, PEER_BODY);
    peer_received(fast.peer, 1 << 30);
    pair_open(&slow, peers);
    peer_enter(peers, slow.peer, PEER_BODY);
    peer_received(slow.peer, 1);
    expect_cut(&slow);
    expect_open(&fast);
    pair_close(&slow);
    pair_close(&fast);
    peers_stop(peers);
}

/* Fills the way to the client until the kernel takes no more. */
static void stuff(const struct pair *pair)
{
    static const char bytes[65536];
    fcntl(pair->served, F_SETFL, O_NONBLOCK);
    while (send(pair->served, bytes, sizeof bytes, MSG_NOSIGNAL) > 0)
        ;
}

static void reader_that_takes_nothing_is_cut_and_a_quiet_one_is_kept(void **state)
{
    (void)state;
    struct peers *peers = start();
    struct pair stalled, quiet;
    pair_open(&quiet, peers);
    peer_enter(peers, quiet.peer, PEER_ANSWER);
    pair_open(&stalled, peers);
    peer_enter(peers, stalled.peer, PEER_ANSWER);
    stuff(&stalled);
    /* The client must not read: that would be progress. */
    struct pollfd shut = {.fd = stalled.served};
    assert_int_equal(poll(&shut, 1, PATIENCE_S * 1000), 1);
    assert_true(shut.revents & POLLHUP);
    expect_open(&quiet);
    pair_close(&stalled);
    pair_close(&quiet);
    peers_stop(peers);
}

/* Well before any deadline: those of this test would not end in its time. */
static void client_that_leaves_in_the_middle_of_a_request_is_cut(void **state)
{
    (void)state;
    static const struct peer_deadlines patient = {3600000, 3600000, 0, 3600000, 5};
    static const enum peer_phase phases[] = {PEER_HEADERS, PEER_IDLE, PEER_BODY};
    struct peers *peers = NULL;
    struct err err = {0};
    assert_int_equal(peers_start(&patient, &peers, &err), ST_OK);
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        struct pair pair;
        pair_open(&pair, peers);
        peer_enter(peers, pair.peer, phases[i]);
        assert_int_equal(shutdown(pair.client, SHUT_WR), 0);
        expect_cut(&pair);
        pair_close(&pair);
    }
    peers_stop(peers);
}

static void peers_are_counted(void **state)
{
    (void)state;
    struct peers *peers = start();
    struct pair one, two;
    pair_open(&one, peers);
    pair_open(&two, peers);
    assert_int_equal(peers_count(peers), 2);
    pair_close(&one);
    assert_int_equal(peers_count(peers), 1);
    pair_close(&two);
    assert_int_equal(peers_count(peers), 0);
    peers_stop(peers);
}

static void null_is_fine(void **state)
{
    (void)state;
    struct peers *peers = start();
    peer_enter(peers, NULL, PEER_BODY);
    peer_received(NULL, 1);
    peer_remove(peers, NULL);
    peers_stop(peers);
    peers_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_that_never_come_are_cut),
        cmocka_unit_test(next_headers_that_stop_half_way_are_cut),
        cmocka_unit_test(slow_body_is_cut_and_a_fast_one_is_kept),
        cmocka_unit_test(reader_that_takes_nothing_is_cut_and_a_quiet_one_is_kept),
        cmocka_unit_test(client_that_leaves_in_the_middle_of_a_request_is_cut),
        cmocka_unit_test(peers_are_counted),
        cmocka_unit_test(null_is_fine),
    };
    return cmocka_run_group_tests_name("peers", tests, NULL, NULL);
}
