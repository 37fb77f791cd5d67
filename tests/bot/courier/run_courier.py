"""A courier for a process of its own, to be killed."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import SystemClock
from bot.courier.courier import Courier
from bot.courier.gateway import Gateway
from bot.courier.pace import Pace
from bot.sandbox.things import BOT_TOKEN
from storage.engine import Database


def main(database_url: str, api_url: str, lease: str) -> None:
    clock = SystemClock()
    database = Database(database_url)
    gateway = Gateway(BOT_TOKEN, api_url, clock, pace=Pace(clock, messages_per_minute=10_000, per_minute={}))
    courier = Courier(
        database,
        gateway,
        clock,
        workers=4,
        settles=0.3,
        processes=0.05,
        lease=timedelta(seconds=float(lease)),
    )
    if database.is_sqlite:
        courier.take_over()
    courier.drain(150)
    database.close()
