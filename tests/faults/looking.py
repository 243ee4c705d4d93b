"""A program that looks at one person again and again, and says so each time it was shown them.

python looking.py DATA_DIR
"""

import asyncio
import sys

from homeroom.kernel.actor import Actor
from homeroom.kernel.rights import Role
from homeroom.people.model.persons import Identity
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings


async def look(directory: str) -> None:
    async with open_homeroom(load_settings({"HOMEROOM_DATA_DIR": directory})) as homeroom:
        await homeroom.people.open_house("Home")
        [house] = await homeroom.plant.storage.people.institutions()
        head = Actor(institution_id=house.id, roles=frozenset({Role.SUPER_ADMIN}))
        identity = Identity.given("ana", "Ana", "Reyes", "ana@school.edu")
        ana = await homeroom.people.create_person(head, identity)
        while True:
            await homeroom.people.get_person(head, ana.id)
            print("shown", flush=True)


if __name__ == "__main__":
    asyncio.run(look(sys.argv[1]))
